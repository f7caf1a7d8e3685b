using TorchSharp.Modules;

namespace ScrollSeg.Sam.Training;

/// <summary>A parameter that is trained.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Value">The parameter; the network's own.</param>
/// <param name="Rate">Factor of the learning rate.</param>
/// <param name="Decays">Whether weight decay shrinks it: matrices and kernels do; norms, biases and positions do not.</param>
internal sealed record TrainedParameter(string Name, Parameter Value, double Rate, bool Decays);
