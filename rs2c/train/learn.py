"""Learned sketches: directions, offsets and counts trained together on the teacher's scores.

The second half of the training sees directions and counts as they will be stored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from rs2c.base.progress import Tell, untold
from rs2c.quantize.inputs import IntegerInputs
from rs2c.sketch.finer_columns import unrolled
from rs2c.sketch.sketch import RepresenterSketch
from rs2c.train.adam import Adam
from rs2c.train.distillation import Lesson, ScoreScale, batches, descend, distillation_loss
from rs2c.train.learn_options import LearnOptions
from rs2c.train.torch_setup import load_torch
from rs2c.train.trained_rows import TrainedRows


def learn(
    lesson: Lesson, inputs: IntegerInputs, options: LearnOptions, *, seed: int, tell: Tell = untold
) -> RepresenterSketch:
    """A sketch trained on a lesson whose x are the inputs as the device has them (`IntegerInputs.values`)."""
    torch = load_torch(seed)
    lesson = lesson.emphasizing(options.emphasized)
    used = inputs.kept[inputs.used]
    x = torch.as_tensor(np.ascontiguousarray(lesson.x[:, used]))
    scale = ScoreScale.of(lesson)
    rows = TrainedRows(torch, replace(lesson, x=x.numpy()), inputs, scale, options, seed)
    loss_of = distillation_loss(torch, lesson, scale, options.label_weight)
    optimizer = Adam(torch, rows.groups(), betas=(0.9, 0.99), fused=True)
    batch = batches(torch, len(x), min(options.batch, len(x)))

    def loss_at(step: int) -> Any:
        rows.advance(step, step / options.steps)
        drawn = next(batch)
        return loss_of(rows.scores(x[drawn]), drawn) + rows.penalty()

    descend(optimizer, options.steps, loss_at, tell)
    sketch = rows.sketch(scale, used, lesson.x.shape[1])
    return unrolled(sketch) if options.probe == "nearest" else sketch
