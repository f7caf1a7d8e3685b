// Opens and reads damaged volumes until their number is reached or something goes wrong.
//
//   dotnet run --project tools/mutation -c Release -- FORMAT [COUNT [FIRST]]     FORMAT: zarr tiff png hdf5 nrrd nifti numpy mrc raw
//   dotnet run --project tools/mutation -c Release -- FORMAT save NUMBER DIR     writes the input of a number, to look at it
//
// Each input is made from a fixture, its number is the seed of the damage. Allowed: to read it, or to refuse it as bad data.
// A crash of the process leaves the number in the file that is printed first; a hang is ended after 30 s with it.
using System.Diagnostics;
using ScrollSeg.Testing.Mutation;

string format = args[0];
string fixtures = Path.Combine("tests", "ScrollSeg.Volumes.Tests", "Fixtures");
string folder = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"mutation-{format}-{Environment.ProcessId}")).FullName;
MutationRun run = new(MutationSeeds.Of(format, fixtures), folder)
{
    LongestTime = TimeSpan.FromSeconds(5),
    MostBytes = 256L << 20,
};
if (args is [_, "save", string number, string target])
{
    run.Save(int.Parse(number), target);
    return 0;
}

int count = args.Length > 1 ? int.Parse(args[1]) : 100_000;
int first = args.Length > 2 ? int.Parse(args[2]) : 0;
string mark = Path.Combine(folder, "number");
Console.WriteLine($"{format}: {count} inputs from number {first} on; the one under way is in {mark}");
int current = first;
long since = Stopwatch.GetTimestamp();
using Timer watch = new(_ =>
{
    if (Stopwatch.GetElapsedTime(Volatile.Read(ref since)) > TimeSpan.FromSeconds(30))
    {
        Console.WriteLine($"HANG {run.Describe(Volatile.Read(ref current))}");
        Environment.Exit(3);
    }
});
watch.Change(1000, 1000);
int problems = 0;
long started = Stopwatch.GetTimestamp();
for (int i = first; i < first + count && problems < 20; i++)
{
    Volatile.Write(ref current, i);
    Volatile.Write(ref since, Stopwatch.GetTimestamp());
    File.WriteAllText(mark, $"{i}");
    if (await run.TryAsync(i) is string problem)
    {
        problems++;
        Console.WriteLine($"PROBLEM {run.Describe(i)}: {problem}");
    }
}

Console.WriteLine(
    $"{format}: {run.Read} read, {run.Refused} refused, {problems} problems; slowest {run.Slowest.TotalSeconds:0.00} s, most allocated {run.Largest >> 20} MiB, " +
    $"peak resident {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB; {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
Directory.Delete(folder, recursive: true);
return problems == 0 ? 0 : 1;
