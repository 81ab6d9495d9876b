#!/usr/bin/env bash
# torch 2.13.0: the first step of an optimizer loads torch's compiler, which takes about as long as torch itself.
#
# A small model that is trained in a process of its own, on a command line or in a test, spends its time on imports. A
# good guess was that plain training, without torch.compile, has paid all of them with "import torch". Each optimizer
# imports torch._dynamo when it is made or first takes a step, and that loads hundreds of modules more. Where that
# matters the update can be written by hand from torch's own operations. Needs python3 (3.10 or later) and its venv.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
cd "$folder"
cat >seen.py <<'PYTHON'
import sys
import time

begun = time.process_time()
import torch

imported, modules = time.process_time(), len(sys.modules)
print("after import torch, torch._dynamo is loaded:", "torch._dynamo" in sys.modules)
layer = torch.nn.Linear(4, 1)
layer(torch.ones(8, 4)).sum().backward()
print("after a backward pass:", "torch._dynamo" in sys.modules)
ready = time.process_time()
torch.optim.SGD(layer.parameters(), lr=0.1).step()
stepped = time.process_time()
print("after a step of SGD:", "torch._dynamo" in sys.modules, "with more than 500 modules:", len(sys.modules) - modules > 500)
print("that took more than half as long as the import:", stepped - ready > (imported - begun) / 2)
PYTHON
"$folder/venv/bin/python" seen.py | tee seen.txt
diff seen.txt - <<'SEEN' || { echo "what torch does has changed: this finding no longer stands" >&2; exit 1; }
after import torch, torch._dynamo is loaded: False
after a backward pass: False
after a step of SGD: True with more than 500 modules: True
that took more than half as long as the import: True
SEEN
echo "as found"
