# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random models: Sequential ones and graphs, with models within them."""
import layers
from maker import Unfit, leaves
from recurrent import recurrent

MOST_NESTING = 2
MERGES = ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Concatenate"]


def shape_of(tensor):
    return tuple(tensor.shape)


def choose(m, choices):
    total = sum(weight for weight, _ in choices)
    at = m.rng.random() * total
    for weight, choice in choices:
        at -= weight
        if at < 0:
            return choice
    return choices[-1][1]


def small(shape):
    n = 1
    for size in shape[1:]:
        n *= size or 6
    if n > layers.MOST_NUMBERS:
        raise Unfit("%r is large" % (shape,))


def layer_for(m, shape, nesting, several=False):
    """A layer, or a model, for one tensor of this shape."""
    small(shape)
    if m.chance(0.1) and nesting < MOST_NESTING:
        return model_within(m, shape, nesting + 1, several)
    if len(shape) == 3 and m.chance(0.45):
        return recurrent(m, shape, several=several)[0]
    if len(shape) >= 3 and m.chance(0.5 if len(shape) == 4 else 0.1):
        return time_distributed(m, shape, nesting)
    return choose(m, {2: layers.VECTOR, 3: layers.SEQUENCE}.get(len(shape), layers.ANY))(m, shape)


def time_distributed(m, shape, nesting):
    inner = (shape[0], *shape[2:])
    m.wrapped += 1
    try:
        return m.layers.TimeDistributed(layer_for(m, inner, nesting + 1), **m.common())
    finally:
        m.wrapped -= 1


def new_input(m, shape, **kw):
    if m.batch is not None and not m.wrapped:
        return m.layers.Input(batch_shape=(m.batch, *shape[1:]), **kw) if m.major == 3 else m.layers.Input(
            shape=shape[1:], batch_size=m.batch, **kw)
    return m.layers.Input(shape=shape[1:], **kw)


def model_within(m, shape, nesting, several):
    if m.chance(0.5):
        return sequential(m, new_input(m, shape), nesting, m.number(1, 3))
    x = new_input(m, shape)
    outputs = grow(m, [x], nesting, m.number(1, 4))[:2 if several else 1]
    return m.keras.Model(x, outputs if len(outputs) > 1 else outputs[0], **m.common())


def sequential(m, x, nesting, n):
    model = m.keras.Sequential([x] if m.major == 3 else [], **m.common())
    if m.major == 2:
        model.add(m.layers.InputLayer(input_shape=shape_of(x)[1:], batch_size=m.batch if not m.wrapped else None))
    for i in range(n):
        shape = shape_of(x) if i == 0 else shape_of(model.outputs[0])
        layer = layer_for(m, shape, nesting)
        model.add(layer)
    return model


class Graph:
    """A functional model that grows: tensors, which of them are read, and layers to call again."""

    def __init__(self, m, inputs, nesting):
        self.m = m
        self.nesting = nesting
        self.values = list(inputs)
        self.read = set()
        self.again = []

    def add(self, outputs, *inputs):
        self.read.update(id(x) for x in inputs)
        self.values.extend(leaves(outputs))

    def choose(self, rank=None):
        values = [v for v in self.values if rank is None or len(v.shape) == rank]
        if not values:
            raise Unfit("no tensor of rank %r" % rank)
        fresh = [v for v in values if id(v) not in self.read]
        return self.m.pick(fresh if fresh and self.m.chance(0.7) else values)

    def call(self):
        x = self.choose()
        layer = layer_for(self.m, shape_of(x), self.nesting, several=True)
        self.add(layer(x), x)
        self.again.append((layer, shape_of(x)))

    def share(self):
        """One layer called on a second tensor."""
        layer, shape = self.m.pick(self.again)
        values = [v for v in self.values if shape_of(v)[2 if len(shape) == 3 else 1:] ==
                  shape[2 if len(shape) == 3 else 1:] and len(v.shape) == len(shape)]
        x = self.m.pick(values)
        self.add(layer(x), x)

    def merge(self):
        x = self.choose()
        kind = self.m.pick(MERGES)
        axis = self.m.number(1, len(x.shape) - 1) if kind == "Concatenate" else None
        fit = [v for v in self.values if v is not x and self.fits(shape_of(x), shape_of(v), axis)]
        if not fit:
            return self.call()
        xs = [x, self.m.pick(fit)]
        if kind != "Subtract" and self.m.chance(0.25):
            xs.append(self.m.pick([v for v in fit if shape_of(v) == shape_of(xs[1])]))
        if self.m.chance(0.3):
            xs.reverse()
        if axis is not None:
            layer = self.m.layers.Concatenate(
                axis=axis - len(x.shape) if self.m.chance(0.5) else axis, **self.m.common())
        else:
            layer = getattr(self.m.layers, kind)(**self.m.common())
        self.add(layer(xs), *xs)

    def fits(self, a, b, axis):
        """Whether merge layers, or Concatenate along an axis, take both shapes."""
        if axis is None and sorted((len(a), len(b))) == [2, 3]:
            return a[-1] == b[-1]
        if len(a) != len(b):
            return False
        if axis is not None:
            return all(i == axis or a[i] == b[i] for i in range(1, len(a))) and a[axis] and b[axis]
        if any(len(s) == 3 and s[-1] == 1 and s[1] == t[-1] for s, t in ((a, b), (b, a))):
            return False  # of one sequence, ops.add() in Keras 3 with TensorFlow takes this for a bias
        return all(p == q or (1 in (p, q) and None not in (p, q)) for p, q in zip(a[1:], b[1:]))

    def dot(self):
        """Dot of two tensors, or of one with itself, over a pair of axes of one length."""
        x = self.choose()
        pairs = [(v, i, k) for v in self.values for i in range(1, len(x.shape)) for k in range(1, len(v.shape))
                 if x.shape[i] == v.shape[k] and x.shape[i] is not None and len(x.shape) + len(v.shape) <= 8]
        y, i, k = self.m.pick(pairs)
        axes = i if i == k and self.m.chance(0.5) else (i, k - len(y.shape) if self.m.chance(0.3) else k)
        small((None, *(n for a, n in enumerate(x.shape) if a not in (0, i)), *(n for a, n in enumerate(y.shape)
                                                                              if a not in (0, k))))
        layer = self.m.layers.Dot(axes, **self.m.options(normalize=(0.4, lambda: True)), **self.m.common())
        self.add(layer([x, y]), x, y)

    def call_with_states(self):
        """A recurrent layer that gives its states, takes another's, or both."""
        m = self.m
        x = self.choose(3)
        gives, takes = m.pick([(True, False), (False, True), (True, True)])
        layer, units = recurrent(m, shape_of(x), state=gives, several=True)
        states = []
        if takes and units is not None:
            states = [self.state_of(n) for n in units]
        self.add(layer(x, initial_state=states) if states else layer(x), x, *states)

    def state_of(self, units):
        same = [v for v in self.values if shape_of(v)[1:] == (units,)]
        if same and self.m.chance(0.7):
            return self.m.pick(same)
        vectors = [v for v in self.values if len(v.shape) == 2]
        if vectors and self.m.chance(0.7):
            x = self.m.pick(vectors)
        else:
            sequence = self.choose(3)
            x = self.m.layers.GlobalAveragePooling1D()(sequence)
            self.add(x, sequence)
        y = self.m.layers.Dense(units, activation="tanh")(x)
        self.add(y, x)
        return y

    def step(self):
        if len(self.values) > 1 and self.m.chance(0.25):
            self.dot() if self.m.chance(0.15) else self.merge()
        elif self.again and self.m.chance(0.15):
            self.share()
        elif any(len(v.shape) == 3 for v in self.values) and self.m.chance(0.25):
            self.call_with_states()
        else:
            self.call()

    def outputs(self, inputs):
        """What nothing reads, and now and then something that is read too. Every input is read."""
        for x in inputs:
            if id(x) not in self.read:
                self.add(layer_for(self.m, shape_of(x), MOST_NESTING)(x), x)
        outputs = [v for v in self.values if id(v) not in self.read]
        others = [v for v in self.values if id(v) in self.read and all(v is not x for x in inputs)]
        if others and self.m.chance(0.2):
            outputs.insert(self.m.number(0, len(outputs)), self.m.pick(others))
        return outputs


def grow(m, inputs, nesting, n):
    graph = Graph(m, inputs, nesting)
    for _ in range(n):
        graph.step()
    return graph.outputs(inputs)


def input_shape(m):
    if m.chance(0.06):
        return (None, m.number(2, 4), m.number(2, 5), m.number(1, 4))
    steps = None if m.chance(0.15) else m.number(1, 9)
    return (None, steps, m.number(1, 8))


def first_values(m, n):
    """Inputs, and what stands first on each: an Embedding where the input is of words. Of several inputs only the first
    may leave its steps open."""
    inputs, values, words, shared = [], [], [], None
    for i in range(n):
        shape = input_shape(m) if i == 0 or m.chance(0.7) else (None, m.number(1, 6))
        if i > 0 and None in shape[1:]:
            shape = (None, 4, *shape[2:])
        is_words = len(shape) > 2 and m.chance(0.18)
        x = new_input(m, shape[:-1] if is_words else shape)
        inputs.append(x)
        words.append(None)
        if is_words:
            if shared is None or m.chance(0.5):
                tokens = m.number(2, 9)
                shared = (layers.embedding(m, tokens), tokens)
            words[-1] = shared[1]
            x = shared[0](x)
        values.append(x)
    return inputs, values, words


def sequential_model(m):
    n = m.number(1, 6)
    shape = input_shape(m)
    if m.chance(0.15):
        tokens = m.number(2, 9)
        model = m.keras.Sequential(name="model")
        x = new_input(m, shape[:-1])
        if m.major == 3:
            model.add(x)
        else:
            model.add(m.layers.InputLayer(input_shape=shape[1:-1], batch_size=m.batch))
        model.add(layers.embedding(m, tokens))
        for _ in range(n):
            model.add(layer_for(m, shape_of(model.outputs[0]), 0))
        return model, [tokens]
    return sequential(m, new_input(m, shape), 0, n), [None]


def functional_model(m):
    inputs, values, words = first_values(m, m.pick([1, 1, 1, 2, 2, 3]))
    outputs = grow(m, values, 0, m.number(1, 6))
    if not 1 <= len(outputs) <= 5:
        raise Unfit("%d outputs" % len(outputs))
    return m.keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0]), words


def random_model(m):
    """A model, and for each input how many words its numbers count, or None where they are features."""
    model, words = sequential_model(m) if m.chance(0.4) else functional_model(m)
    if m.chance(0.1):
        model.compile("adam", "mse")
        if model.trainable_variables:
            model.optimizer.build(model.trainable_variables)
    return model, words
