namespace ScrollSeg.Sam.Checkpoints;
internal static class TorchZipFormat { public static TensorIndex ReadIndex(FileBytes file) => throw file.Wrong("todo"); }
