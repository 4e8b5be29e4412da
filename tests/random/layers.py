# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random layers that are not recurrent. Each function takes a Maker and the shape of the input (None where open, the batch
first) and makes a layer for it, or raises Unfit."""
from maker import MASK_VALUES, Unfit

MOST_NUMBERS = 600


def needs_steps(shape, least=1):
    if shape[1] is not None and shape[1] < least:
        raise Unfit("%r: fewer than %d steps" % (shape, least))
    return shape[1]


def needs_known(shape):
    if None in shape[1:]:
        raise Unfit("%r: an axis is open" % (shape,))
    return shape[1:]


def dense(m, shape):
    if shape[-1] is None:
        raise Unfit("features are open")
    return m.layers.Dense(m.units(), **m.options(activation=(0.6, m.activation), use_bias=(0.2, lambda: False)),
                          **m.idle_weights("kernel", "bias"), **m.common())


def activation(m, shape):
    name = None
    while name is None or not isinstance(name, str):
        name = m.activation()
    return m.layers.Activation(name, **m.common())


def relu(m, shape):
    slope = {"negative_slope": m.real(0.05, 0.5)} if m.chance(0.5) else {}
    return m.layers.ReLU(**slope, **m.options(max_value=(0.4, lambda: m.real(0.3, 2)),
                                              threshold=(0.3, lambda: m.real(-0.2, 0.3))), **m.common())


def thresholded_relu(m, shape):
    if m.major == 3:
        return leaky_relu(m, shape)
    return m.layers.ThresholdedReLU(m.real(0, 0.5), **m.common())


def leaky_relu(m, shape):
    name = "negative_slope" if m.major == 3 else "alpha"
    return m.layers.LeakyReLU(**m.options(**{name: (0.6, lambda: m.real(0, 0.6))}), **m.common())


def elu(m, shape):
    return m.layers.ELU(**m.options(alpha=(0.6, lambda: m.real(0.2, 1.8))), **m.common())


def prelu(m, shape):
    axes = range(1, len(shape))
    shared = [a for a in axes if shape[a] is None or m.chance(0.4)]
    return m.layers.PReLU(**({"shared_axes": shared} if shared else {}), **m.idle_weights("alpha"), **m.common())


def softmax(m, shape):
    axis = m.pick([-1, -1] + list(range(1, len(shape))))
    if m.chance(0.15) and len(shape) > 2:
        axis = [1, 2]
    return m.layers.Softmax(axis=axis, **m.common())


def embedding(m, tokens):
    return m.layers.Embedding(tokens, m.number(1, 6), **m.options(mask_zero=(0.5, lambda: True)),
                              **m.idle_weights("embeddings"), **m.common())


def masking(m, shape):
    value = m.pick(MASK_VALUES)
    m.mask_values.append(value)
    return m.layers.Masking(value, **m.common())


def conv1d(m, shape):
    steps = needs_steps(shape)
    padding = m.pick(["valid", "same", "causal"])
    size, strides, dilation = m.number(1, 4), 1, 1
    if m.chance(0.3):
        strides = m.number(2, 3)
    elif m.chance(0.4):
        dilation = m.number(2, 3)
    if padding == "valid" and steps is not None and steps < (size - 1) * dilation + 1:
        raise Unfit("Conv1D over %r steps" % steps)
    groups = m.pick([g for g in (1, 2, 3, 4) if shape[2] % g == 0]) if m.chance(0.4) else 1
    return m.layers.Conv1D(groups * m.number(1, 4), size, strides=strides, padding=padding, dilation_rate=dilation,
                           groups=groups, **m.options(activation=(0.5, m.activation), use_bias=(0.2, lambda: False)),
                           **m.idle_weights("kernel", "bias"), **m.common())


def depthwise(m, shape):
    """DepthwiseConv1D or SeparableConv1D; only the second, and only of Keras 2, can be causal."""
    steps = needs_steps(shape)
    separable = m.chance(0.5)
    padding = m.pick(["valid", "same"] + (["causal"] if separable and m.major == 2 else []))
    size, kw = m.number(1, 4), {}
    if m.chance(0.3):
        kw["strides"] = m.number(2, 3)
    elif m.chance(0.4):
        kw["dilation_rate"] = m.number(2, 3)
    if padding == "valid" and steps is not None and steps < (size - 1) * kw.get("dilation_rate", 1) + 1:
        raise Unfit("a convolution over %r steps" % steps)
    kw.update(m.options(depth_multiplier=(0.4, lambda: m.number(1, 3)), activation=(0.5, m.activation),
                        use_bias=(0.2, lambda: False)))
    if separable:
        return m.layers.SeparableConv1D(m.number(1, 6), size, padding=padding, **kw,
                                        **m.idle_weights("depthwise", "pointwise", "bias"), **m.common())
    return m.layers.DepthwiseConv1D(size, padding=padding, **kw, **m.idle_weights("depthwise", "bias"), **m.common())


def pooling(m, shape):
    size = m.number(1, 4)
    padding = m.pick(["valid", "same"])
    if padding == "valid":
        needs_steps(shape, size)
    kind = m.pick([m.layers.MaxPooling1D, m.layers.AveragePooling1D])
    return kind(size, padding=padding, **m.options(strides=(0.5, lambda: m.number(1, 3))), **m.common())


def global_pooling(m, shape):
    kind = m.pick([m.layers.GlobalMaxPooling1D, m.layers.GlobalAveragePooling1D])
    return kind(**m.options(keepdims=(0.4, lambda: True)), **m.common())


def up_sampling(m, shape):
    if (shape[1] or 0) > 12:
        raise Unfit("many steps already")
    return m.layers.UpSampling1D(m.number(1, 3), **m.common())


def zero_padding(m, shape):
    return m.layers.ZeroPadding1D((m.number(0, 3), m.number(0, 2)) if m.chance(0.7) else m.number(1, 2), **m.common())


def cropping(m, shape):
    steps = needs_steps(shape, 2)
    first = m.number(0, 2 if steps is None else min(2, steps - 1))
    last = m.number(0, 1 if steps is None else min(2, steps - 1 - first))
    return m.layers.Cropping1D((first, last), **m.common())


def flatten(m, shape):
    needs_known(shape)
    return m.layers.Flatten(**m.common())


def reshape(m, shape):
    n = 1
    for size in needs_known(shape):
        n *= size
    ranks = [d for d in range(1, n + 1) if n % d == 0]
    target = [m.pick(ranks)]
    while len(target) < m.pick([1, 2, 2, 2, 3]):
        rest = n // _product(target)
        target.append(m.pick([d for d in range(1, rest + 1) if rest % d == 0]))
    target[-1] *= n // _product(target)
    if m.chance(0.3):
        target[m.number(0, len(target) - 1)] = -1
    return m.layers.Reshape(tuple(target), **m.common())


def _product(sizes):
    n = 1
    for size in sizes:
        n *= size
    return n


def permute(m, shape):
    """Steps that are not known stay where they are: nothing else may be open."""
    axes = list(range(1, len(shape)))
    if shape[1] is None:
        axes = [1] + list(m.rng.permutation(axes[1:]))
    else:
        axes = list(m.rng.permutation(axes))
    return m.layers.Permute(tuple(int(a) for a in axes), **m.common())


def repeat_vector(m, shape):
    return m.layers.RepeatVector(m.number(1, 6), **m.common())


def batch_normalization(m, shape):
    axis = -1 if m.chance(0.7) else m.number(1, len(shape) - 1)
    if shape[axis] is None:
        raise Unfit("BatchNormalization over open steps")
    return m.layers.BatchNormalization(
        axis=axis, **m.options(center=(0.2, lambda: False), scale=(0.2, lambda: False),
                               epsilon=(0.3, lambda: m.pick([1e-5, 1e-2, 0.1])), momentum=(0.2, lambda: 0.9)),
        **m.idle_weights("beta", "gamma"), **m.common())


def layer_normalization(m, shape):
    axis = -1
    if m.chance(0.3) and None not in shape[1:]:
        axis = m.pick([list(range(1, len(shape))), [len(shape) - 1], 1])
    extra = m.options(rms_scaling=(0.2, lambda: True)) if m.major == 3 else {}
    return m.layers.LayerNormalization(
        axis=axis, **m.options(center=(0.2, lambda: False), scale=(0.2, lambda: False),
                               epsilon=(0.3, lambda: m.pick([1e-5, 1e-2, 0.1]))),
        **extra, **m.idle_weights("beta", "gamma"), **m.common())


def group_normalization(m, shape):
    needs_known(shape)
    groups = m.pick([g for g in range(1, shape[-1] + 1) if shape[-1] % g == 0] + [-1])
    return m.layers.GroupNormalization(
        groups, **m.options(center=(0.2, lambda: False), scale=(0.2, lambda: False),
                            epsilon=(0.3, lambda: m.pick([1e-5, 1e-2, 0.1]))),
        **m.idle_weights("beta", "gamma"), **m.common())


def unit_normalization(m, shape):
    axis = -1 if m.chance(0.7) or len(shape) == 2 else m.pick([1, [1, 2]])
    return m.layers.UnitNormalization(axis=axis, **m.common())


def normalization(m, shape):
    n = shape[-1]
    invert = m.options(invert=(0.3, lambda: True))
    if m.chance(0.5):
        mean = [m.real(-1, 1) for _ in range(n)]
        variance = [m.real(0.3, 2) for _ in range(n)]
        if m.chance(0.3):
            mean, variance = mean[0], variance[0]
        layer = m.layers.Normalization(mean=mean, variance=variance, axis=None if not isinstance(mean, list) else -1,
                                       **invert, **m.common())
        return layer
    axis = -1
    if m.chance(0.3) and None not in shape[1:]:
        axis = m.pick([None, 1, tuple(range(1, len(shape)))])
    layer = m.layers.Normalization(axis=axis, **invert, **m.common())
    layer.adapt(m.rng.normal(m.real(-1, 1), m.real(0.5, 2), (20, *[s or 4 for s in shape[1:]])).astype("float32"))
    return layer


def rescaling(m, shape):
    if m.chance(0.25):
        return m.layers.Rescaling([m.real(-1, 1) for _ in range(shape[-1])],
                                  [m.real(-1, 1) for _ in range(shape[-1])], **m.common())
    return m.layers.Rescaling(m.real(-2, 2), **m.options(offset=(0.6, lambda: m.real(-1, 1))), **m.common())


def idle(m, shape):
    """What does nothing at inference."""
    makers = [lambda: m.layers.Dropout(0.3, **m.common()), lambda: m.layers.GaussianNoise(0.2, **m.common()),
              lambda: m.layers.GaussianDropout(0.2, **m.common()), lambda: m.layers.AlphaDropout(0.2, **m.common()),
              lambda: m.layers.ActivityRegularization(l1=0.1, l2=0.2, **m.common())]
    if m.major == 3:  # that of Keras 2 refuses masks
        makers.append(lambda: m.layers.Identity(**m.common()))
    if len(shape) == 3:
        makers.append(lambda: m.layers.SpatialDropout1D(0.3, **m.common()))
    return m.pick(makers)()


ANY = [(3, dense), (2, activation), (0.7, relu), (0.7, leaky_relu), (0.3, thresholded_relu), (0.7, elu), (0.7, prelu),
       (0.7, softmax), (0.5, permute), (1, batch_normalization), (1, layer_normalization),
       (0.4, group_normalization), (0.7, unit_normalization), (0.7, normalization), (0.7, rescaling), (1, idle), (0.7, reshape), (0.5, flatten)]
SEQUENCE = ANY + [(4, conv1d), (2, depthwise), (2, pooling), (1.5, global_pooling), (0.8, up_sampling), (0.8, zero_padding),
                  (0.8, cropping), (1.2, masking)]
VECTOR = ANY + [(2.5, repeat_vector)]
