namespace ScrollSeg.Volumes.Hdf5;

/// <summary>One filter of a dataset.</summary>
/// <param name="Id">Its registered number.</param>
/// <param name="Name">Its name as the file gives it; may be empty.</param>
/// <param name="Parameters">Its settings.</param>
internal sealed record Hdf5FilterUse(ushort Id, string Name, uint[] Parameters);
