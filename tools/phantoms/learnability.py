"""Is the scroll phantom learnable? Trains a small 2D U-Net on one phantom and scores it on another.

    scrollseg phantom train --shape 64,256,256 --seed 1
    scrollseg phantom unseen --shape 64,256,256 --seed 2
    python3 tools/phantoms/learnability.py train unseen 500

Needs numpy, torch and zarr 2. Three neighbouring slices in, the middle one's mask out; Dice against the labels of
every eighth slice of the unseen phantom, within its support, at probability 0.5.
"""
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import zarr

torch.manual_seed(0)
np.random.seed(0)
steps = int(sys.argv[3])


def load(folder):
    volume = zarr.open(folder + "/volume.zarr/0", "r")[:].astype("f4") / 65535
    return volume, zarr.open(folder + "/labels.zarr/0", "r")[:]


def block(i, o):
    return nn.Sequential(
        nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(),
        nn.Conv2d(o, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU())


class UNet(nn.Module):
    def __init__(self, c=3, b=12):
        super().__init__()
        self.down = nn.ModuleList([block(c, b), block(b, 2 * b), block(2 * b, 4 * b), block(4 * b, 4 * b)])
        self.up = nn.ModuleList([block(8 * b, 2 * b), block(4 * b, b), block(2 * b, b)])
        self.head = nn.Conv2d(b, 1, 1)

    def forward(self, x):
        kept = []
        for i, down in enumerate(self.down):
            x = down(x if i == 0 else F.max_pool2d(x, 2))
            kept.append(x)
        for i, up in enumerate(self.up):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = up(torch.cat([x, kept[2 - i]], 1))
        return self.head(x)


def slab(v, z):
    return (np.stack([v[max(z - 1, 0)], v[z], v[min(z + 1, len(v) - 1)]]) - 0.4) * 8


def unseen_dice(net, v, labels):
    net.eval()
    hits = total = 0
    with torch.no_grad():
        for z in range(4, len(v), 8):
            mask = (net(torch.tensor(slab(v, z))[None].float())[0, 0] > 0).numpy() & (v[z] > 0)
            hits += 2 * (mask & (labels[z] > 0)).sum()
            total += mask.sum() + labels[z].sum()
    net.train()
    return hits / total


def batch(v, labels):
    xs, ys = [], []
    for _ in range(4):
        z, y, x = (np.random.randint(n) for n in (len(v), v.shape[1] - 127, v.shape[2] - 127))
        a = np.rot90(slab(v, z)[:, y:y + 128, x:x + 128], k := np.random.randint(4), (1, 2))
        b = np.rot90(labels[z, y:y + 128, x:x + 128], k)
        if np.random.rand() < 0.5:
            a, b = a[:, :, ::-1], b[:, ::-1]
        xs.append(a.copy())
        ys.append(b.copy())
    return torch.tensor(np.stack(xs)).float(), torch.tensor(np.stack(ys)).float()[:, None]


train, unseen = load(sys.argv[1]), load(sys.argv[2])
net = UNet()
optimiser = torch.optim.AdamW(net.parameters(), 3e-3)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, steps)
start = time.time()
for step in range(1, steps + 1):
    x, y = batch(*train)
    logits = net(x)
    p = torch.sigmoid(logits)
    loss = F.binary_cross_entropy_with_logits(logits, y) + 1 - 2 * (p * y).sum() / (p.sum() + y.sum())
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    schedule.step()
    if step % max(1, steps // 4) == 0:
        print(f"step {step}: loss {loss.item():.3f}, unseen Dice {unseen_dice(net, *unseen):.3f}, {time.time() - start:.0f} s", flush=True)
