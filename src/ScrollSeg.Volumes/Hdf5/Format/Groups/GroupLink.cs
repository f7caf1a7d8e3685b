namespace ScrollSeg.Volumes.Hdf5.Format.Groups;

/// <summary>A name in a group, and where it leads.</summary>
/// <param name="Name">The name.</param>
/// <param name="Kind">What kind of link it is.</param>
/// <param name="Address">The object's header, for a hard link.</param>
/// <param name="Target">The path, for a soft link.</param>
internal sealed record GroupLink(string Name, LinkKind Kind, long Address = HeaderFile.Undefined, string Target = "");
