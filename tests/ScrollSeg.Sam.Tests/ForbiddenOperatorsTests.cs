using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;

namespace ScrollSeg.Sam.Tests;

/// <summary>
/// TorchSharp turns numbers into objects whose memory the garbage collector may free while libtorch reads it (see
/// Model/Arithmetic.cs). No call that makes or takes such an object may stand anywhere but there; which calls of TorchSharp
/// make one inside is read from its own code.
/// </summary>
public sealed class ForbiddenOperatorsTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private static readonly Lazy<HashSet<MethodBase>> Makers = new(FindMakers);

    [Fact]
    public void Assembly_CallsNothingThatMakesAScalar_ButInArithmetic()
    {
        string[] calls = [.. ForbiddenCallsOf(typeof(SamPredictor).Assembly)];

        Assert.Contains(calls, IsInArithmetic); // the scan sees them
        Assert.Equal([], calls.Where(call => !IsInArithmetic(call)).Distinct());
    }

    /// <summary>Keeping its own numbers alive does not help Arithmetic against one that TorchSharp makes beside them, such as the
    /// factor in <c>add(number)</c>.</summary>
    [Fact]
    public void Arithmetic_CallsNothingThatMakesAnotherScalarInside()
    {
        string[] calls = [.. CallsOf(typeof(SamPredictor).Assembly, callee => callee.DeclaringType != typeof(Scalar) && Makers.Value.Contains(callee))];

        Assert.Equal([], calls.Where(IsInArithmetic).Distinct());
    }

    /// <summary>The scan finds what it is meant to find: this test's own operators.</summary>
    [Theory]
    [InlineData("op_Addition")]
    [InlineData("op_Multiply")]
    [InlineData("op_GreaterThan")]
    [InlineData("add_")]
    public void Scan_OfThisAssembly_FindsThem(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor one = torch.ones(2);
        _ = ((one * 2f) + one).add_(one) > 1;

        Assert.Contains(
            ForbiddenCallsOf(typeof(ForbiddenOperatorsTests).Assembly),
            call => call.Contains(nameof(Scan_OfThisAssembly_FindsThem), StringComparison.Ordinal) && call.EndsWith(name, StringComparison.Ordinal));
    }

    private static bool IsInArithmetic(string call) => call.StartsWith("ScrollSeg.Sam.Model.Arithmetic", StringComparison.Ordinal);

    private static IEnumerable<string> ForbiddenCallsOf(Assembly assembly) =>
        CallsOf(assembly, callee => Makers.Value.Contains(callee) || IsMaker(callee));

    private static IEnumerable<string> CallsOf(Assembly assembly, Func<MethodBase, bool> isWanted) =>
        from caller in MethodsOf(assembly)
        from callee in CalleesOf(caller)
        where isWanted(callee)
        select $"{caller.DeclaringType}.{caller.Name} -> {callee.DeclaringType}.{callee.Name}";

    /// <summary>What makes or takes a number, seen from outside.</summary>
    private static bool IsMaker(MethodBase method) =>
        (method.DeclaringType == typeof(Scalar) && (method.IsConstructor || method.Name == "op_Implicit"))
        || (method.DeclaringType?.Assembly == typeof(Scalar).Assembly
            && method.GetParameters().Any(parameter => parameter.ParameterType == typeof(Scalar)));

    /// <summary>Methods of TorchSharp that make a number inside, themselves or through another.</summary>
    private static HashSet<MethodBase> FindMakers()
    {
        Dictionary<MethodBase, MethodBase[]> calls = MethodsOf(typeof(torch).Assembly)
            .ToDictionary(method => method, method => CalleesOf(method).ToArray());
        HashSet<MethodBase> makers = [.. calls.Where(call => call.Value.Any(IsMaker)).Select(call => call.Key)];
        for (int before = 0; before != makers.Count;)
        {
            before = makers.Count;
            makers.UnionWith(calls.Where(call => call.Value.Any(makers.Contains)).Select(call => call.Key));
        }

        return makers;
    }

    private static IEnumerable<MethodBase> MethodsOf(Assembly assembly) => assembly.GetTypes()
        .SelectMany(type => type.GetMethods(Everything).Concat<MethodBase>(type.GetConstructors(Everything)));

    private static IEnumerable<MethodBase> CalleesOf(MethodBase method)
    {
        byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[]? ofType = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (int token in TokensOf(code))
        {
            if (method.Module.ResolveMethod(token, ofType, ofMethod) is MethodBase callee)
            {
                yield return callee;
            }
        }
    }

    /// <summary>What call, callvirt, newobj and ldftn name; the framework's own table tells how long each instruction is.</summary>
    private static IEnumerable<int> TokensOf(byte[] code)
    {
        for (int at = 0; at < code.Length;)
        {
            OpCode op = code[at] == 0xFE ? Codes[unchecked((short)(0xFE00 | code[at + 1]))] : Codes[code[at]];
            at += op.Size;
            if (op.OperandType == OperandType.InlineMethod)
            {
                yield return BitConverter.ToInt32(code, at);
            }

            at += op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
