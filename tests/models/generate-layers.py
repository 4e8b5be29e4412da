#!/usr/bin/env python3
# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the cases in layers/ with real Keras: every option of the layers that
stand around recurrent ones, so that ours are compared with Keras's numbers.

    python3 -m venv venv
    venv/bin/pip install tensorflow-cpu keras tf_keras h5py safetensors
    venv/bin/python generate-layers.py [OUT]

A case is a folder as in tests/golden: model.h5, io.safetensors with
call<i>.x and call<i>.y<k>, case.json. Cases of Keras 2 (tf_keras) begin with
keras2_; those that begin with pace_ go to pace/ beside OUT. A model has many outputs, one for each set of options.
"""
import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tf_keras
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "layers")
PACE = os.path.join(os.path.dirname(os.path.abspath(OUT)), "pace")
L = keras.layers
L2 = tf_keras.layers


def seed_of(name):
    seed = 2166136261
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) & 0xFFFFFFFF
    return seed


def randomise(model, rng):
    """Replaces every weight, so that none is at its neutral default."""
    for weight in model.weights:
        name = weight.name if "/" in weight.name else weight.path
        if "float" not in str(weight.dtype):
            continue
        value = rng.normal(0, 0.4, weight.shape)
        if "variance" in name or "gamma" in name or "stddev" in name:
            value = np.abs(value) + 0.5
        weight.assign(value.astype("float32"))


def adapt_again(model):
    """Normalization keeps copies of its weights."""
    for layer in model.layers:
        if type(layer).__name__ == "Normalization":
            layer.finalize_state()


def save(name, about, model, inputs):
    rng = np.random.default_rng(seed_of(name))
    folder = os.path.join(PACE if name.startswith("pace_") else OUT, name)
    os.makedirs(folder, exist_ok=True)
    randomise(model, rng)
    adapt_again(model)
    io = {}
    outputs = 0
    for i, x in enumerate(inputs):
        y = model(x, training=False)
        y = list(y) if isinstance(y, (list, tuple)) else [y]
        outputs = len(y)
        io["call%d.x" % i] = np.ascontiguousarray(x, dtype="float32")
        for k, value in enumerate(y):
            value = np.ascontiguousarray(np.asarray(value), dtype="float32")
            assert np.isfinite(value).all(), (name, k)
            io["call%d.y%d" % (i, k)] = value
    save_file(io, os.path.join(folder, "io.safetensors"))
    model.save(os.path.join(folder, "model.h5"))
    version = tf_keras.__version__ if name.startswith("keras2_") else keras.__version__
    with open(os.path.join(folder, "case.json"), "w") as file:
        json.dump(
            {
                "about": about,
                "calls": [{"reset_before": False} for _ in inputs],
                "outputs": outputs,
                "keras": version,
            },
            file,
            indent=1,
        )
        file.write("\n")
    print(name, {k: v.shape for k, v in io.items() if k.startswith("call0")})


def numbers(name, *shape, scale=1.0, offset=0.0):
    rng = np.random.default_rng(seed_of(name) ^ 0x5BD1E995)
    return (rng.uniform(-1, 1, shape) * scale + offset).astype("float32")


def branches(name, about, shape, layers, x=None, module=keras):
    """A model with one output for each of the layers, all on the input."""
    entry = module.Input(shape=shape)
    model = module.Model(entry, [layer(entry) for layer in layers])
    if x is None:
        x = numbers(name, 3, *shape)
    save(name, about, model, x if isinstance(x, list) else [x])


def conv_cases():
    conv = lambda filters, size, **kw: L.Conv1D(filters, size, **kw)
    pads = ("valid", "same", "causal")
    branches("conv1d_padding", "Conv1D of 1 to 5 taps, each padding", (9, 3),
             [conv(4, k, padding=p) for p in pads for k in (1, 2, 3, 5)])
    branches("conv1d_strides", "Conv1D with strides 2 to 5, each padding", (11, 3),
             [conv(3, k, strides=s, padding=p) for p in pads for k, s in ((3, 2), (4, 3), (2, 5), (1, 2))])
    branches("conv1d_dilation", "Conv1D with dilation 2 to 4, each padding", (13, 2),
             [conv(3, k, dilation_rate=d, padding=p) for p in pads for k, d in ((3, 2), (2, 4), (4, 3))])
    branches("conv1d_groups", "Conv1D in groups, one a feature too", (8, 6),
             [conv(4, 3, groups=2), conv(6, 3, groups=6, padding="causal"),
              conv(18, 2, groups=6, padding="same"), conv(34, 3, groups=2, padding="causal", dilation_rate=2),
              conv(9, 3, groups=3, strides=2, use_bias=False)])
    branches("conv1d_options", "Conv1D without bias, with activations, of many filters", (7, 5),
             [conv(4, 3, use_bias=False), conv(4, 2, activation="relu"), conv(33, 3, activation="tanh"),
              conv(5, 3, activation="softmax", padding="same"), conv(1, 7)])
    branches("conv1d_steps_open", "Conv1D on steps that the model leaves open", (None, 3),
             [conv(4, 3, padding=p) for p in pads],
             [numbers("open%d" % n, 2, n, 3) for n in (9, 5, 3)])
    branches("conv1d_distributed", "TimeDistributed(Conv1D): along an inner axis", (4, 9, 3),
             [L.TimeDistributed(conv(5, 3, padding=p)) for p in pads])


def depthwise_cases():
    each = lambda options: [L.DepthwiseConv1D(k, **kw) for k, kw in options] + \
                           [L.SeparableConv1D(4, k, **kw) for k, kw in options]
    pads = ("valid", "same")
    branches("depthwise_padding", "DepthwiseConv1D and SeparableConv1D of 1 to 5 taps, each padding", (9, 3),
             each([(k, {"padding": p}) for p in pads for k in (1, 2, 3, 5)]))
    branches("depthwise_strides", "the same with strides 2 to 5", (11, 3),
             each([(k, {"strides": s, "padding": p}) for p in pads for k, s in ((3, 2), (4, 3), (2, 5), (1, 2))]))
    branches("depthwise_dilation", "the same with dilation 2 to 4", (13, 2),
             each([(k, {"dilation_rate": d, "padding": p}) for p in pads for k, d in ((3, 2), (2, 4), (4, 3))]))
    branches("depthwise_options", "several outputs a feature, without bias, with activations, many filters", (7, 5),
             each([(3, {"depth_multiplier": 2}), (2, {"depth_multiplier": 7, "padding": "same"}),
                   (3, {"use_bias": False, "depth_multiplier": 3}), (2, {"activation": "relu"}),
                   (3, {"activation": "softmax", "padding": "same"}), (7, {})]) + [L.SeparableConv1D(37, 3)])
    branches("depthwise_steps_open", "the same on steps that the model leaves open", (None, 3),
             each([(4, {"padding": p}) for p in pads]), [numbers("depth%d" % n, 2, n, 3) for n in (9, 5, 4)])
    branches("depthwise_distributed", "TimeDistributed: along an inner axis", (4, 9, 3),
             [L.TimeDistributed(layer) for layer in each([(5, {"padding": p}) for p in pads])])
    x = numbers("depthwise masked", 3, 6, 3)
    x[0, 4:] = 0
    x[1, 0] = 0
    masked = L.Masking(0.0)(entry := keras.Input(shape=(6, 3)))
    pool = L.GlobalAveragePooling1D()
    save("depthwise_mask_ended", "DepthwiseConv1D, SeparableConv1D and Dot end the mask",
         keras.Model(entry, [pool(L.DepthwiseConv1D(2, padding="same")(masked)), pool(L.SeparableConv1D(2, 2)(masked)),
                             pool(L.Dot(2)([masked, masked])), pool(L.Dot(1)([entry, masked]))]), [x])


def dot_cases():
    flat = L.Flatten()
    wide = L.Reshape((2, 3, 4))
    swap = L.Permute((2, 1))
    last = L.GlobalMaxPooling1D()
    pairs = lambda layer, *makers: lambda x: layer([make(x) if make else x for make in makers])
    x = numbers("dot", 3, 6, 4)
    x[0, 1] = 0
    x[1, 2] = 1e-9
    x[1, 3] *= 3e-8
    x[2, :, 1] = 0
    for name, kw in (("dot", {}), ("dot_normalize", {"normalize": True})):
        branches(name, "Dot over each pair of axes" + (", normalised; zeros, and near them" if kw else ""), (6, 4),
                 [pairs(L.Dot(1, **kw), None, None), pairs(L.Dot(2, **kw), None, None),
                  pairs(L.Dot(-1, **kw), None, None), pairs(L.Dot((2, 1), **kw), None, swap),
                  pairs(L.Dot((1, -1), **kw), None, swap), pairs(L.Dot((-1, -2), **kw), None, swap),
                  pairs(L.Dot(1, **kw), flat, flat), pairs(L.Dot((1, 2), **kw), last, None),
                  pairs(L.Dot((2, 1), **kw), None, last), pairs(L.Dot(1, **kw), last, last),
                  pairs(L.Dot((3, 2), **kw), wide, None), pairs(L.Dot((2, 3), **kw), None, wide),
                  pairs(L.Dot((2, 2), **kw), wide, wide), pairs(L.Dot((1, 1), **kw), wide, wide),
                  pairs(L.Dot((3, 1), **kw), wide, last)], x)
    entry = keras.Input(shape=(None, 3))
    sequences = L.LSTM(3, return_sequences=True)(entry)
    weights = L.Softmax(axis=-1)(L.Dot(2)([entry, sequences]))
    save("dot_attention", "what each step takes of all others, on steps that the model leaves open",
         keras.Model(entry, [weights, L.Dot((2, 1))([weights, sequences])]),
         [numbers("attention%d" % n, 2, n, 3) for n in (5, 2)])


def pooling_cases():
    windows = ((2, None), (3, 1), (2, 3), (4, 2), (1, 1), (5, 5))
    for kind in ("Max", "Average"):
        layer = getattr(L, kind + "Pooling1D")
        branches("pooling_" + kind.lower(), kind + "Pooling1D: sizes, strides, both paddings", (11, 3),
                 [layer(n, strides=s, padding=p) for p in ("valid", "same") for n, s in windows])
    branches("pooling_open", "Pooling on steps that the model leaves open", (None, 3),
             [L.MaxPooling1D(2), L.AveragePooling1D(3, padding="same"), L.GlobalMaxPooling1D(),
              L.GlobalAveragePooling1D()],
             [numbers("pool%d" % n, 2, n, 3) for n in (7, 4)])
    branches("pooling_global", "Pooling over all steps, the axis kept or not", (9, 4),
             [getattr(L, "Global%sPooling1D" % k)(keepdims=d) for k in ("Max", "Average") for d in (False, True)])
    x = numbers("masked", 4, 6, 3)
    x[0, 4:] = 0
    x[1, 0] = 0
    x[2, 1:5] = 0
    masked = lambda *layers: keras.Sequential([keras.Input(shape=(6, 3)), L.Masking(0.0), *layers])
    save("pooling_masked", "the mean is of the steps that a mask leaves", masked(L.GlobalAveragePooling1D()), [x])
    save("pooling_masked_kept", "pointwise layers keep the mask",
         masked(L.Rescaling(2.0, 1.0), L.BatchNormalization(), L.GlobalAveragePooling1D(keepdims=True)), [x])
    save("pooling_mask_ended", "Conv1D ends the mask",
         masked(L.Conv1D(2, 2, padding="same"), L.GlobalAveragePooling1D()), [x])
    save("pooling_mask_unseen", "the maximum does not see the mask", masked(L.GlobalMaxPooling1D()), [x])
    branches("resizing", "UpSampling1D, ZeroPadding1D, Cropping1D", (7, 3),
             [L.UpSampling1D(1), L.UpSampling1D(2), L.UpSampling1D(3), L.ZeroPadding1D(), L.ZeroPadding1D(2),
              L.ZeroPadding1D((0, 3)), L.ZeroPadding1D((2, 0)), L.Cropping1D(), L.Cropping1D((0, 2)),
              L.Cropping1D((3, 3)), L.Cropping1D(0)])
    branches("resizing_open", "the same on steps that the model leaves open", (None, 3),
             [L.UpSampling1D(2), L.ZeroPadding1D((1, 2)), L.Cropping1D((1, 2))],
             [numbers("resize%d" % n, 2, n, 3) for n in (4, 6)])


def normalization_cases():
    branches("batch_normalization", "BatchNormalization: axes, without gamma, without beta, epsilon, renorm", (6, 5),
             [L.BatchNormalization(), L.BatchNormalization(axis=2), L.BatchNormalization(axis=1),
              L.BatchNormalization(center=False), L.BatchNormalization(scale=False),
              L.BatchNormalization(center=False, scale=False, epsilon=0.1), L.BatchNormalization(renorm=True)])
    branches("batch_normalization_flat", "BatchNormalization of [batch, features] and of three axes", (17,),
             [L.BatchNormalization()], numbers("flat", 4, 17))
    branches("batch_normalization_axes", "BatchNormalization of three axes, each", (3, 4, 5),
             [L.BatchNormalization(axis=a) for a in (1, 2, 3, -2)])
    norms = [L.LayerNormalization(), L.LayerNormalization(axis=1), L.LayerNormalization(axis=[1, 2]),
             L.LayerNormalization(axis=[2]), L.LayerNormalization(axis=[-1, -2]),
             L.LayerNormalization(center=False), L.LayerNormalization(scale=False),
             L.LayerNormalization(center=False, scale=False, epsilon=0.1),
             L.LayerNormalization(rms_scaling=True), L.LayerNormalization(rms_scaling=True, scale=False)]
    branches("layer_normalization", "LayerNormalization: axes, options, rms_scaling", (6, 5), norms)
    branches("layer_normalization_axes", "LayerNormalization of three axes, apart and together", (3, 4, 5),
             [L.LayerNormalization(axis=a) for a in (1, 2, 3, [1, 3], [2, 3], [1, 2], [-1, 1], [1, 2, 3])])
    branches("layer_normalization_long", "LayerNormalization of 257 features around 3", (2, 257),
             [L.LayerNormalization()], numbers("long", 3, 2, 257, offset=3.0))
    x = numbers("unit", 3, 4, 5)
    x[0, 1] = 0
    x[1, 2] = 1e-8
    branches("unit_normalization", "UnitNormalization: axes; a frame of zeros, one near them", (4, 5),
             [L.UnitNormalization(axis=a) for a in (-1, 1, [1, 2], [2])], x)
    list_mean, list_variance = [0.5, -1.0, 2.0, 0.0], [4.0, 0.25, 0.0, 1e-3]
    x = numbers("normalization", 3, 3, 4)
    x[:, :, 2] = 2.0
    branches("normalization", "Normalization: learnt statistics along several axes, invert", (3, 4),
             [L.Normalization(), L.Normalization(axis=None), L.Normalization(axis=(1, 2)), L.Normalization(axis=1),
              L.Normalization(invert=True)], x)
    branches("normalization_config", "Normalization: statistics in the config", (3, 4),
             [L.Normalization(mean=list_mean, variance=list_variance),
              L.Normalization(mean=list_mean, variance=list_variance, invert=True),
              L.Normalization(mean=0.5, variance=2.0), L.Normalization(axis=None, mean=0.5, variance=2.0),
              L.Normalization(axis=1, mean=[1.0, 2.0, 3.0], variance=[1.0, 2.0, 3.0]),
              L.Normalization(axis=(1, 2), mean=list_mean, variance=[1.0, 2.0, 3.0, 4.0]),
              L.Normalization(axis=(1, 2), mean=numbers("means", 3, 4).tolist(),
                              variance=numbers("variances", 3, 4, offset=2.0).tolist())], x)
    branches("rescaling", "Rescaling: numbers, lists, numpy arrays", (3, 4),
             [L.Rescaling(0.5), L.Rescaling(1 / 255.0, offset=-1), L.Rescaling([1.0, 2.0, 3.0, 4.0], 0.5),
              L.Rescaling(2.0, [1.0, 2.0, 3.0, 4.0]), L.Rescaling([[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0, 4.0]),
              L.Rescaling(numbers("scales", 3, 4).tolist(), [[1.0], [2.0], [3.0]]),
              L.Rescaling(np.array([1.0, 0.5, 2.0, 4.0], "float32"), np.array([[0.25]], "float32"))])
    branches("group_normalization", "GroupNormalization: groups, without gamma, without beta", (4, 6),
             [L.GroupNormalization(2), L.GroupNormalization(1), L.GroupNormalization(-1),
              L.GroupNormalization(3, center=False), L.GroupNormalization(3, scale=False, epsilon=0.1)])
    branches("group_normalization_axes", "GroupNormalization of three axes", (2, 3, 6), [L.GroupNormalization(3)])
    branches("prelu", "PReLU: alpha for each number, shared over axes", (4, 5),
             [L.PReLU(), L.PReLU(shared_axes=[1]), L.PReLU(shared_axes=[2]), L.PReLU(shared_axes=[1, 2])])
    branches("prelu_axes", "PReLU of three axes, shared over some", (2, 3, 4),
             [L.PReLU(), L.PReLU(shared_axes=[1, 3]), L.PReLU(shared_axes=[2]), L.PReLU(shared_axes=[1, 2])])
    branches("pointwise_square", "as many numbers as features, but along the steps", (4, 4),
             [L.BatchNormalization(axis=1), L.PReLU(shared_axes=[2]), L.Normalization(axis=1),
              L.Rescaling([[1.0], [2.0], [3.0], [4.0]])])
    branches("softmax", "Softmax over each axis, and over both", (4, 5),
             [L.Softmax(axis=a) for a in (-1, 1, 2, [1, 2], [2])])
    branches("softmax_axes", "Softmax of three axes, apart and together", (2, 3, 4),
             [L.Softmax(axis=a) for a in (1, 2, -2, [1, 3], [2, 3])])


def streaming_cases():
    """Every layer streams: frame by frame gives the same."""
    S = lambda shape, *layers: keras.Sequential([keras.Input(shape=shape), *layers])
    x = [numbers("wave31", 3, 31, 4)]
    save("stream_dilated", "causal Conv1D of growing dilation, in groups, then LSTM",
         S((31, 4), L.Conv1D(6, 2, padding="causal", activation="tanh"),
           L.Conv1D(6, 3, padding="causal", dilation_rate=2, groups=2),
           L.Conv1D(5, 3, padding="causal", dilation_rate=4, activation="relu"),
           L.Conv1D(4, 1), L.LSTM(3, return_sequences=True)), x)
    save("stream_pointwise", "pointwise layers one after the other",
         S((31, 4), L.Normalization(mean=[0.1, 0.2, 0.3, 0.4], variance=[1.0, 2.0, 0.5, 0.25]),
           L.BatchNormalization(), L.Conv1D(7, 1, padding="same"), L.PReLU(shared_axes=[1]), L.LayerNormalization(),
           L.GRU(6, return_sequences=True), L.UnitNormalization(), L.Rescaling([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 0.5),
           L.Softmax()), x)
    entry = keras.Input(shape=(12, 6, 4))
    y = L.TimeDistributed(L.Conv1D(5, 3))(entry)
    y = L.TimeDistributed(L.MaxPooling1D(2))(y)
    y = L.TimeDistributed(L.GlobalAveragePooling1D())(y)
    z = L.LayerNormalization(axis=[2, 3])(entry)
    z = L.TimeDistributed(L.ZeroPadding1D((1, 0)))(z)
    z = L.TimeDistributed(L.Cropping1D((0, 2)))(z)
    z = L.PReLU(shared_axes=[1, 3])(L.Softmax(axis=2)(z))
    save("stream_distributed", "layers along an inner axis stream with the frames",
         keras.Model(entry, [y, z]), [numbers("inner", 2, 12, 6, 4)])


def pace_cases():
    """Every layer looks back only, and some have fewer frames than they read, or begin late."""
    S = lambda *layers: keras.Sequential([keras.Input(shape=(None, 4)), *layers])
    x = [numbers("pace%d" % n, 3, n, 4) for n in (31, 14, 13)]
    save("pace_strides", "causal Conv1D with strides, then LSTM",
         S(L.Conv1D(6, 3, strides=2, padding="causal", activation="tanh"), L.LSTM(3, return_sequences=True)), x)
    save("pace_valid", "Conv1D that pads nothing, with dilation, then LSTM",
         S(L.Conv1D(5, 3, dilation_rate=2), L.LSTM(3, return_sequences=True)), x)
    save("pace_far_strides", "strides longer than the kernel",
         S(L.Conv1D(6, 2, strides=5, groups=2), L.GRU(4, return_sequences=True)), x)
    save("pace_depthwise", "depthwise taps of each feature, one with strides, then separable ones",
         S(L.DepthwiseConv1D(3, depth_multiplier=2), L.SeparableConv1D(5, 2, dilation_rate=3, depth_multiplier=2),
           L.LSTM(3, return_sequences=True), L.SeparableConv1D(4, 3, strides=2, use_bias=False),
           L.DepthwiseConv1D(2, strides=3, activation="tanh")), x)
    save("pace_max", "the larger of each two frames",
         S(L.MaxPooling1D(2), L.LSTM(3, return_sequences=True)), x)
    save("pace_average", "a moving mean",
         S(L.AveragePooling1D(4, strides=1), L.SimpleRNN(3, return_sequences=True)), x)
    save("pace_skip", "pooling that leaves frames out, and of one frame",
         S(L.AveragePooling1D(2, strides=3), L.MaxPooling1D(1, strides=2, padding="same"), L.Dense(3)), x)
    save("pace_stack", "several one after the other, to a final output",
         S(L.Conv1D(5, 3, strides=2, padding="causal"), L.LayerNormalization(), L.AveragePooling1D(2, strides=1),
           L.Conv1D(4, 2), L.LSTM(4, return_sequences=True), L.MaxPooling1D(2, strides=2), L.GRU(3)), x)
    entry = keras.Input(shape=(None, 4))
    y = L.Conv1D(4, 3, strides=2, padding="causal")(entry)
    z = L.MaxPooling1D(1, strides=2)(L.Dense(4)(entry))
    y = L.Add()([y, z])
    save("pace_branches", "branches whose frames come at the same times, and two outputs",
         keras.Model(entry, [L.LSTM(3, return_sequences=True)(y), z]), x)


def keras2_cases():
    convs = [lambda k, **kw: L2.DepthwiseConv1D(k, **kw), lambda k, **kw: L2.SeparableConv1D(5, k, **kw)]
    branches("keras2_depthwise", "DepthwiseConv1D and SeparableConv1D of Keras 2, the second also causal", (11, 4),
             [conv(k, **kw) for conv in convs
              for k, kw in ((3, {}), (3, {"strides": 2, "padding": "same"}), (2, {"dilation_rate": 3}),
                            (3, {"depth_multiplier": 3, "activation": "relu"}), (2, {"use_bias": False}))] +
             [L2.SeparableConv1D(4, 3, padding="causal"), L2.SeparableConv1D(4, 2, padding="causal", dilation_rate=2),
              L2.SeparableConv1D(4, 3, padding="causal", strides=2)], module=tf_keras)
    x = numbers("keras2 dot", 3, 4, 5)
    x[0, 1] = 0
    x[1, 2] *= 1e-7
    entry = tf_keras.Input(shape=(4, 5))
    flat, mean = L2.Flatten()(entry), L2.GlobalAveragePooling1D()(entry)
    save("keras2_dot", "Dot of Keras 2; what keeps it finite is its own",
         tf_keras.Model(entry, [L2.Dot(axes, normalize=n)([a, b]) for n in (False, True) for axes, a, b in
                                ((1, entry, entry), (2, entry, entry), (-1, entry, mean), ((1, 2), mean, entry),
                                 (1, flat, flat))]), [x])
    branches("keras2_conv", "Conv1D, pooling and resizing of Keras 2", (11, 4),
             [L2.Conv1D(5, 3), L2.Conv1D(5, 3, strides=2, padding="same"), L2.Conv1D(4, 2, padding="causal", dilation_rate=3),
              L2.Conv1D(4, 3, groups=2, activation="relu"), L2.MaxPooling1D(3, 2), L2.AveragePooling1D(3, 2, padding="same"),
              L2.GlobalMaxPooling1D(keepdims=True), L2.GlobalAveragePooling1D(), L2.UpSampling1D(2), L2.ZeroPadding1D((1, 2)),
              L2.Cropping1D(2)], module=tf_keras)
    x = numbers("keras2", 3, 4, 5)
    x[0, 1] = 0
    x[1, 2] *= 1e-7
    branches("keras2_normalization", "normalisations of Keras 2; what keeps UnitNormalization finite is its own", (4, 5),
             [L2.BatchNormalization(), L2.BatchNormalization(axis=1), L2.BatchNormalization(renorm=True),
              L2.LayerNormalization(), L2.LayerNormalization(axis=[2, 1]), L2.LayerNormalization(epsilon=1e-6),
              L2.UnitNormalization(), L2.UnitNormalization(axis=[1, 2]), L2.Normalization(), L2.Normalization(axis=None),
              L2.Normalization(mean=[1.0, 2.0, 3.0, 4.0, 5.0], variance=[1.0, 0.5, 0.0, 4.0, 2.0], invert=True),
              L2.Rescaling(0.25, 1.0), L2.PReLU(), L2.PReLU(shared_axes=[1]), L2.Softmax(axis=1), L2.Softmax(axis=[1, 2]),
              L2.GroupNormalization(5)], x, module=tf_keras)
    x = numbers("keras2 masked", 3, 6, 3)
    x[0, 4:] = 0
    x[1, 1] = 0
    entry = tf_keras.Input(shape=(6, 3))
    masked = L2.Masking(0.0)(entry)
    save("keras2_masked", "masks go through normalisations to the mean, as Keras 2 has it",
         tf_keras.Model(entry, [L2.GlobalAveragePooling1D()(masked),
                                L2.GlobalAveragePooling1D(keepdims=True)(L2.BatchNormalization()(masked)),
                                L2.GlobalAveragePooling1D()(L2.PReLU(shared_axes=[1])(L2.LayerNormalization()(masked)))]),
         [x])


if __name__ == "__main__":
    conv_cases()
    depthwise_cases()
    dot_cases()
    pooling_cases()
    normalization_cases()
    streaming_cases()
    pace_cases()
    keras2_cases()
