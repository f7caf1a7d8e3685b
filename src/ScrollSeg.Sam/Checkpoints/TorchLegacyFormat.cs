namespace ScrollSeg.Sam.Checkpoints;
internal static class TorchLegacyFormat { public static TensorIndex ReadIndex(FileBytes file) => throw file.Wrong("todo"); }
