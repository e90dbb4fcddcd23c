namespace MlOps.Learning.Importing.Onnx;

/// <summary>An operator made ready with its attributes: from its inputs (null where one is left out) to its outputs.</summary>
internal delegate OnnxTensor[] OnnxKernel(OnnxTensor?[] inputs);

/// <summary>Makes an operator ready.</summary>
/// <param name="opset">Version of the plain operators that the file asks for.</param>
internal delegate OnnxKernel OnnxOperator(OnnxNode node, int opset);
