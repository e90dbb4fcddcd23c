"""Has onnx.checker judge every .onnx file of a folder, types and shapes included.

usage: python3 onnx_check.py FOLDER
"""
import pathlib
import sys

import onnx

for file in pathlib.Path(sys.argv[1]).glob("*.onnx"):
    onnx.checker.check_model(str(file), full_check=True)
