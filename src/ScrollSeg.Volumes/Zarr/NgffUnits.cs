namespace ScrollSeg.Volumes.Zarr;

/// <summary>Lengths that NGFF axes are measured in (UDUNITS-2 names, as the specification lists them for space axes).</summary>
internal static class NgffUnits
{
    /// <summary>Micrometres in one unit; <see langword="null"/> if the name is no length that an axis can have.</summary>
    /// <remarks>The short and British spellings are not in the specification, but in files.</remarks>
    public static double? Micrometres(string unit) => unit switch
    {
        "angstrom" => 1e-4,
        "picometer" => 1e-6,
        "nanometer" or "nm" or "nanometre" => 1e-3,
        "micrometer" or "um" or "µm" or "μm" or "micron" or "micrometre" => 1,
        "millimeter" or "mm" or "millimetre" => 1e3,
        "centimeter" or "cm" => 1e4,
        "decimeter" => 1e5,
        "meter" or "m" or "metre" => 1e6,
        "kilometer" => 1e9,
        "inch" => 25_400,
        "foot" => 304_800,
        "yard" => 914_400,
        _ => null,
    };
}
