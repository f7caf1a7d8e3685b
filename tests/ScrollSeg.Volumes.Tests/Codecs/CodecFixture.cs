using System.Text.Json;

namespace ScrollSeg.Volumes.Tests.Codecs;

/// <summary>A chunk that another program encoded.</summary>
internal sealed record CodecFixture(string File, JsonElement Configuration, byte[] Encoded, byte[] Decoded);
