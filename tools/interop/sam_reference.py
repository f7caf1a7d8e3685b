"""SAM at full size in PyTorch, to hold `scrollseg predict` against: random weights, written by torch.save.

    python3 sam_reference.py make DIR [vit_b|vit_l|vit_h]   DIR/sam.pth, DIR/landscape.png, DIR/portrait.png
    python3 sam_reference.py expect DIR                     what PyTorch answers about both in 32 and in 64 bits: DIR/*.npz
    scrollseg predict DIR/landscape.png --model DIR/sam.pth --precision f32 --device cpu --multimask \
        --point 400,300,1 --point 900,500,0 --save-logits DIR/landscape.safetensors
    (the same with portrait.png)
    python3 sam_reference.py compare DIR                    differences, and exit code 1 if one is above 1e-4

The forward pass is written from the papers (arXiv:2304.02643, 2203.16527, 2112.01526) and the published checkpoints' keys, as
plain functions of the state dict. It keeps the plain form where ours does not: windows padded before the projections, a
gathered table of relative positions, a materialised bias, one softmax. Needs torch (1.13 was used), numpy and Pillow; 375 MB
of disk for vit_b, 2.6 GB for vit_h. Keep DIR out of the repository.
"""
import json
import struct
import sys
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

SIZES = {
    "vit_b": (768, 12, 12, (2, 5, 8, 11)),
    "vit_l": (1024, 24, 16, (5, 11, 17, 23)),
    "vit_h": (1280, 32, 16, (7, 15, 23, 31)),
}
POINTS = [(400.0, 300.0, 1), (900.0, 500.0, 0)]
IMAGES = {"landscape": (1000, 1500), "portrait": (1280, 960)}  # rows, columns
VIEW, GRID, WINDOW, E = 1024, 64, 14, 256


def shapes(width, depth, heads, global_blocks):
    """Every key of a published checkpoint."""
    yield "image_encoder.pos_embed", (1, GRID, GRID, width)
    yield from affine("image_encoder.patch_embed.proj", (width, 3, 16, 16), width)
    for i in range(depth):
        block, side = f"image_encoder.blocks.{i}.", GRID if i in global_blocks else WINDOW
        for norm in ("norm1", "norm2"):
            yield from affine(block + norm, (width,), width)
        yield from affine(block + "attn.qkv", (3 * width, width), 3 * width)
        yield from affine(block + "attn.proj", (width, width), width)
        for axis in "hw":
            yield f"{block}attn.rel_pos_{axis}", (2 * side - 1, width // heads)
        yield from affine(block + "mlp.lin1", (4 * width, width), 4 * width)
        yield from affine(block + "mlp.lin2", (width, 4 * width), width)
    yield "image_encoder.neck.0.weight", (E, width, 1, 1)
    yield from affine("image_encoder.neck.1", (E,), E)
    yield "image_encoder.neck.2.weight", (E, E, 3, 3)
    yield from affine("image_encoder.neck.3", (E,), E)
    yield "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix", (2, E // 2)
    for name in [f"point_embeddings.{i}" for i in range(4)] + ["not_a_point_embed", "no_mask_embed"]:
        yield f"prompt_encoder.{name}.weight", (1, E)
    for i, shape in ((0, (4, 1, 2, 2)), (1, (4,)), (3, (16, 4, 2, 2)), (4, (16,)), (6, (E, 16, 1, 1))):
        yield from affine(f"prompt_encoder.mask_downscaling.{i}", shape, shape[0])
    two_way = "mask_decoder.transformer."
    for i in range(2):
        layer = f"{two_way}layers.{i}."
        for name, inner in (("self_attn", E), ("cross_attn_token_to_image", E // 2), ("cross_attn_image_to_token", E // 2)):
            yield from projections(layer + name, inner)
        for n in range(1, 5):
            yield from affine(f"{layer}norm{n}", (E,), E)
        yield from affine(layer + "mlp.lin1", (2048, E), 2048)
        yield from affine(layer + "mlp.lin2", (E, 2048), E)
    yield from projections(two_way + "final_attn_token_to_image", E // 2)
    yield from affine(two_way + "norm_final_attn", (E,), E)
    yield "mask_decoder.iou_token.weight", (1, E)
    yield "mask_decoder.mask_tokens.weight", (4, E)
    for i, shape in ((0, (E, E // 4, 2, 2)), (1, (E // 4,)), (3, (E // 4, E // 8, 2, 2))):
        yield from affine(f"mask_decoder.output_upscaling.{i}", shape, shape[0] if i == 1 else shape[1])
    for name, last in [(f"output_hypernetworks_mlps.{i}", E // 8) for i in range(4)] + [("iou_prediction_head", 4)]:
        for i in range(3):
            yield from affine(f"mask_decoder.{name}.layers.{i}", (last if i == 2 else E, E), last if i == 2 else E)


def affine(key, shape, bias):
    yield key + ".weight", shape
    yield key + ".bias", (bias,)


def projections(key, inner):
    for name in "qkv":
        yield from affine(f"{key}.{name}_proj", (inner, E), inner)
    yield from affine(key + ".out_proj", (E, inner), E)


def random_value(key, shape, generator):
    """Values at which every part of the network matters and none amplifies rounding."""
    value = torch.randn(shape, generator=generator)
    if key.endswith("gaussian_matrix"):
        return value
    if "norm" in key or ".neck.1." in key or ".neck.3." in key or len(shape) == 1:
        return value * 0.1 + (1 if key.endswith("weight") else 0)
    if "rel_pos" in key or "pos_embed" in key:
        return value * 0.2
    if key.endswith(("_token.weight", "_tokens.weight", "_embed.weight")) or "point_embeddings" in key:
        return value * 0.5
    return value * 0.58 / float(numpy.prod(shape[1:])) ** 0.5  # the variance of PyTorch's own initial values


def norm(x, w, key, eps):
    return F.layer_norm(x, x.shape[-1:], w[key + ".weight"], w[key + ".bias"], eps)


def map_norm(x, w, key):
    return norm(x.permute(0, 2, 3, 1), w, key, 1e-6).permute(0, 3, 1, 2)


def linear(x, w, key):
    return F.linear(x, w[key + ".weight"], w[key + ".bias"])


def encoder_attention(x, w, key, heads):
    n, side, _, width = x.shape
    q, k, v = linear(x, w, key + ".qkv").reshape(n, side * side, 3, heads, -1).permute(2, 0, 3, 1, 4)
    offset = torch.arange(side)[:, None] - torch.arange(side)[None, :] + side - 1
    grid = q.reshape(n, heads, side, side, -1)
    rows = torch.einsum("nhyxd,ykd->nhyxk", grid, w[key + ".rel_pos_h"][offset])
    columns = torch.einsum("nhyxd,xkd->nhyxk", grid, w[key + ".rel_pos_w"][offset])
    bias = (rows[..., :, None] + columns[..., None, :]).reshape(n, heads, side * side, side * side)
    scores = (q / q.shape[-1] ** 0.5) @ k.transpose(-1, -2) + bias
    y = scores.softmax(-1) @ v
    return linear(y.transpose(1, 2).reshape(n, side, side, width), w, key + ".proj")


def windowed(x, w, key, heads):
    b, side, _, width = x.shape
    count = -(-side // WINDOW)
    padding = count * WINDOW - side
    x = F.pad(x, (0, 0, 0, padding, 0, padding)).reshape(b, count, WINDOW, count, WINDOW, width)
    x = x.transpose(2, 3).reshape(-1, WINDOW, WINDOW, width)
    x = encoder_attention(x, w, key, heads).reshape(b, count, count, WINDOW, WINDOW, width)
    return x.transpose(2, 3).reshape(b, count * WINDOW, count * WINDOW, width)[:, :side, :side]


def encode(pixels, w, size):
    width, depth, heads, global_blocks = size
    key = "image_encoder."
    x = F.conv2d(pixels, w[key + "patch_embed.proj.weight"], w[key + "patch_embed.proj.bias"], stride=16)
    x = x.permute(0, 2, 3, 1) + w[key + "pos_embed"]
    for i in range(depth):
        block = f"{key}blocks.{i}."
        attend = encoder_attention if i in global_blocks else windowed
        x = x + attend(norm(x, w, block + "norm1", 1e-6), w, block + "attn", heads)
        hidden = F.gelu(linear(norm(x, w, block + "norm2", 1e-6), w, block + "mlp.lin1"))
        x = x + linear(hidden, w, block + "mlp.lin2")
    x = map_norm(F.conv2d(x.permute(0, 3, 1, 2), w[key + "neck.0.weight"]), w, key + "neck.1")
    return map_norm(F.conv2d(x, w[key + "neck.2.weight"], padding=1), w, key + "neck.3")


def positions(xy, w):
    """Random Fourier features of points given as fractions of the view."""
    angles = 2 * numpy.pi * ((2 * xy - 1) @ w["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"])
    return torch.cat([angles.sin(), angles.cos()], -1)


def clicks(points, scale, w):
    tokens = []
    for x, y, label in points:
        xy = (torch.tensor([x * scale[0], y * scale[1]], dtype=torch.float32) + 0.5) / VIEW
        xy = xy.to(w["prompt_encoder.not_a_point_embed.weight"].dtype)
        tokens.append(positions(xy, w) + w[f"prompt_encoder.point_embeddings.{label}.weight"][0])
    return torch.stack(tokens + [w["prompt_encoder.not_a_point_embed.weight"][0]])[None]


def attend(q, k, v, w, key):
    def split(x, name):
        x = linear(x, w, f"{key}.{name}_proj")
        return x.reshape(x.shape[0], x.shape[1], 8, -1).transpose(1, 2)

    q, k, v = split(q, "q"), split(k, "k"), split(v, "v")
    y = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1) @ v
    return linear(y.transpose(1, 2).flatten(2), w, key + ".out_proj")


def mlp(x, w, key):
    for i in range(3):
        x = linear(x, w, f"{key}.layers.{i}")
        x = F.relu(x) if i < 2 else x
    return x


def decode(embedding, points, w):
    axis = (torch.arange(GRID, dtype=embedding.dtype) + 0.5) / GRID
    place = positions(torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1), w).reshape(1, GRID * GRID, E)
    fixed = torch.cat([w["mask_decoder.iou_token.weight"], w["mask_decoder.mask_tokens.weight"]])[None]
    first = torch.cat([fixed, points], 1)
    dense = w["prompt_encoder.no_mask_embed.weight"].reshape(1, E, 1, 1)
    cells, tokens = (embedding + dense).flatten(2).transpose(1, 2), first
    for i in range(2):
        layer = f"mask_decoder.transformer.layers.{i}."
        if i == 0:
            tokens = attend(tokens, tokens, tokens, w, layer + "self_attn")
        else:
            tokens = tokens + attend(tokens + first, tokens + first, tokens, w, layer + "self_attn")
        tokens = norm(tokens, w, layer + "norm1", 1e-5)
        asked = attend(tokens + first, cells + place, cells, w, layer + "cross_attn_token_to_image")
        tokens = norm(tokens + asked, w, layer + "norm2", 1e-5)
        hidden = linear(F.relu(linear(tokens, w, layer + "mlp.lin1")), w, layer + "mlp.lin2")
        tokens = norm(tokens + hidden, w, layer + "norm3", 1e-5)
        told = attend(cells + place, tokens + first, tokens, w, layer + "cross_attn_image_to_token")
        cells = norm(cells + told, w, layer + "norm4", 1e-5)
    asked = attend(tokens + first, cells + place, cells, w, "mask_decoder.transformer.final_attn_token_to_image")
    tokens = norm(tokens + asked, w, "mask_decoder.transformer.norm_final_attn", 1e-5)
    up = "mask_decoder.output_upscaling."
    grid = cells.transpose(1, 2).reshape(1, E, GRID, GRID)
    grid = F.conv_transpose2d(grid, w[up + "0.weight"], w[up + "0.bias"], stride=2)
    grid = F.gelu(map_norm(grid, w, up + "1"))
    grid = F.gelu(F.conv_transpose2d(grid, w[up + "3.weight"], w[up + "3.bias"], stride=2))
    heads = [mlp(tokens[:, 1 + i], w, f"mask_decoder.output_hypernetworks_mlps.{i}") for i in range(4)]
    masks = torch.einsum("pte,pehw->pthw", torch.stack(heads, 1), grid)
    return masks[:, 1:], mlp(tokens[:, 0], w, "mask_decoder.iou_prediction_head")[:, 1:]


def answer(path, w, size):
    image = Image.open(path).convert("RGB")
    scale = VIEW / max(image.size)
    width, height = (int(s * scale + 0.5) for s in image.size)
    small = torch.from_numpy(numpy.array(image.resize((width, height), Image.BILINEAR))).permute(2, 0, 1)[None].float()
    small = small.to(w["prompt_encoder.not_a_point_embed.weight"].dtype)
    mean, std = small.new_tensor([123.675, 116.28, 103.53]), small.new_tensor([58.395, 57.12, 57.375])
    pixels = F.pad((small - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1), (0, VIEW - width, 0, VIEW - height))
    low, iou = decode(encode(pixels, w, size), clicks(POINTS, (width / image.size[0], height / image.size[1]), w), w)
    view = F.interpolate(low, (VIEW, VIEW), mode="bilinear", align_corners=False)[..., :height, :width]
    masks = F.interpolate(view, (image.size[1], image.size[0]), mode="bilinear", align_corners=False)
    return {"low_res_logits": low[0].numpy(), "iou": iou[0].numpy(), "masks": masks[0].numpy()}


def make(folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(2026)
    torch.save({key: random_value(key, shape, generator) for key, shape in shapes(*SIZES[name])}, folder / "sam.pth")
    noise = numpy.random.default_rng(7)
    for image, (rows, columns) in IMAGES.items():
        coarse = noise.integers(0, 256, (rows // 40 + 1, columns // 40 + 1, 3), dtype=numpy.uint8)
        Image.fromarray(coarse).resize((columns, rows), Image.BICUBIC).save(folder / f"{image}.png")


def size_of(w):
    width, _, _, _ = w["image_encoder.patch_embed.proj.weight"].shape
    return next(size for size in SIZES.values() if size[0] == width)


def safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        content = file.read()
    return {
        key: numpy.frombuffer(content[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
        for key, entry in header.items() if key != "__metadata__"
    }


def compare(folder):
    good = True
    for image in IMAGES:
        ours = safetensors(folder / f"{image}.safetensors")
        theirs, exact = (numpy.load(folder / f"{image}.{bits}.npz") for bits in (32, 64))
        for key in exact.files:
            far, peer = (numpy.abs(exact[key] - answers[key]).max() for answers in (ours, theirs))
            between = numpy.abs(theirs[key] - ours[key]).max()
            good = good and between <= 1e-4
            print(f"{image:10} {key:15} largest {numpy.abs(exact[key]).max():.3f}; from 64 bits: ours {far:.2e}, PyTorch's 32 "
                  f"{peer:.2e}; between both {between:.2e}; masks that differ {numpy.mean((theirs[key] > 0) != (ours[key] > 0)):.1e}")
    return 0 if good else 1


if __name__ == "__main__":
    command, where = sys.argv[1], Path(sys.argv[2])
    if command == "make":
        make(where, sys.argv[3] if len(sys.argv) > 3 else "vit_b")
    elif command == "expect":
        weights = torch.load(where / "sam.pth")
        with torch.inference_mode():
            for bits, dtype in ((32, torch.float32), (64, torch.float64)):
                weights = {key: value.to(dtype) for key, value in weights.items()}
                for picture in IMAGES:
                    answers = answer(where / f"{picture}.png", weights, size_of(weights))
                    numpy.savez(where / f"{picture}.{bits}.npz", **answers)
    elif command == "compare":
        sys.exit(compare(where))
