# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes a row's model for ONNX Runtime: peer_onnx.py SPEC, where SPEC is what a worker is told. int8 is ONNX Runtime's
own dynamic quantization, one scale a channel."""

import logging
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from peers import worker  # noqa: E402


def onnx_order(array):
    """From gates i f c o, in the last axis, to ONNX's i o f c, in the first: [1, 4 units, ...]."""
    i, f, c, o = np.split(array, 4, axis=-1)
    return np.ascontiguousarray(np.concatenate([i, o, f, c], axis=-1).T)[np.newaxis]


def build(row, weights):
    nodes, constants, current = [], [], "x"

    def constant(name, array):
        constants.append(numpy_helper.from_array(array, name))
        return name

    for i in range(row.layers):
        kernel, recurrent, bias = weights[i]
        inputs = [current, constant(f"W{i}", onnx_order(kernel)), constant(f"R{i}", onnx_order(recurrent)),
                  constant(f"B{i}", np.concatenate([onnx_order(bias), np.zeros((1, 4 * row.units), np.float32)], axis=1))]
        if row.carry:
            nodes.append(helper.make_node("LSTM", inputs + ["", "h", "c"], ["", "h1", "c1"], hidden_size=row.units))
            break
        final = row.last and i + 1 == row.layers
        nodes.append(helper.make_node("LSTM", inputs, ["", f"y{i}"] if final else [f"Y{i}"], hidden_size=row.units))
        if not final:  # [steps, 1, batch, units]
            nodes.append(helper.make_node("Squeeze", [f"Y{i}", constant(f"axis{i}", np.array([1], np.int64))], [f"y{i}"]))
        current = f"y{i}"
    if not row.carry:
        if row.dense:
            kernel, bias = weights[row.layers]
            nodes.append(helper.make_node("MatMul", [current, constant("W", np.ascontiguousarray(kernel))], ["product"]))
            nodes.append(helper.make_node("Add", ["product", constant("B", bias)], ["y"]))
        else:
            nodes[-1].output[-1] = "y"
    return nodes, constants


def make(row, weights):
    def value(name, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    nodes, constants = build(row, weights)
    state = (1, row.batch, row.units)
    inputs, outputs = [value("x", row.steps, row.batch, row.features)], []
    if row.carry:
        inputs += [value("h", *state), value("c", *state)]
        outputs += [value("h1", *state), value("c1", *state)]
    else:
        outputs += [value("y", 1 if row.last else row.steps, row.batch, row.dense or row.units)]
    graph = helper.make_graph(nodes, "row", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def main():
    row = worker.parse(sys.argv[1])
    weights, _ = worker.read_data(row)
    path = os.path.join(row.folder, "row.onnx")
    onnx.save(make(row, weights), path)
    if row.precision == "int8":
        from onnxruntime.quantization import QuantType, quantize_dynamic
        logging.getLogger().setLevel(logging.ERROR)
        quantize_dynamic(path, path, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["LSTM"])


if __name__ == "__main__":
    main()
