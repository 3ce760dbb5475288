"""From an image file to the input of the network, with PIL and numpy: decode, crop to the head, scale, augment."""

import math
import random

import numpy as np
import torch
from PIL import Image, ImageOps

MIN_BRIGHT = 0.01
MIN_VISIBLE = 0.4


def grey(path):
    """The image, upright and grey."""
    with Image.open(path) as file:
        return ImageOps.exif_transpose(file).convert("L")


def load(path, data):
    """The grey image in the size of the network, and (scale, dx, dy), which maps pixels of the file to its pixels."""
    image = grey(path)
    size = data["imageSize"]
    left, top, right, bottom = head_square(image, data["cropToHead"])
    side = math.ceil(max(right - left, bottom - top))
    # Python's round rounds halves to the even neighbor.
    left, top = math.floor((left + right - side + 1) / 2), math.floor((top + bottom - side + 1) / 2)
    # PIL fills the area outside the image with black.
    square = image.crop((left, top, left + side, top + side))
    scale = size / side
    return square.resize((size, size), Image.Resampling.LANCZOS), (scale, -left * scale, -top * scale)


def render(path, letterbox, size):
    """The grey image mapped by (scale, dx, dy). The check compares the other side's pixels with it."""
    scale, dx, dy = letterbox
    image = grey(path)
    inverse = (1 / scale, 0, -dx / scale, 0, 1 / scale, -dy / scale)
    return image.transform((size, size), Image.Transform.AFFINE, inverse, Image.Resampling.BICUBIC)


def head_square(image, crop):
    width, height = image.size
    if crop is None:
        return 0, 0, width, height
    bright = np.asarray(image) > crop["threshold"]
    left, right = extent(bright.sum(0), height * MIN_BRIGHT, width)
    top, bottom = extent(bright.sum(1), width * MIN_BRIGHT, height)
    half = max(right - left, bottom - top) / 2 * crop["margin"]
    x, y = (left + right) / 2, (top + bottom) / 2
    return x - half, y - half, x + half, y + half


def extent(counts, least, length):
    """The first and last position with at least so many bright pixels; the whole length without one."""
    found = np.flatnonzero(counts >= max(1, least))
    return (found[0], found[-1] + 1) if len(found) else (0, length)


def random_augmentation(config, size):
    """A random affine map (a, b, c, d, e, f) of pixels, and random factors of brightness and gamma."""
    symmetric = lambda scope: random.uniform(-scope, scope)
    zoom, aspect = math.exp(symmetric(config["scale"])), math.exp(symmetric(config["aspect"]) / 2)
    angle = math.radians(symmetric(config["rotation"]))
    mirror = -1 if random.random() < config["flip"] else 1
    a, b = zoom * aspect * math.cos(angle) * mirror, -zoom / aspect * math.sin(angle)
    d, e = zoom * aspect * math.sin(angle) * mirror, zoom / aspect * math.cos(angle)
    middle = size / 2
    c = middle + symmetric(config["shift"]) * size - a * middle - b * middle
    f = middle + symmetric(config["shift"]) * size - d * middle - e * middle
    return (a, b, c, d, e, f), math.exp(symmetric(config["brightness"])), math.exp(symmetric(config["gamma"]))


def augment(image, boxes, config):
    """The augmented image, its boxes [G, 4] and whether each box is still visible. A box is mapped as the ellipse inside it."""
    size = image.size[0]
    (a, b, c, d, e, f), brightness, gamma = random_augmentation(config, size)
    determinant = a * e - b * d
    ia, ib, id_, ie = e / determinant, -b / determinant, -d / determinant, a / determinant
    inverse = (ia, ib, -(ia * c + ib * f), id_, ie, -(id_ * c + ie * f))
    moved = image.transform((size, size), Image.Transform.AFFINE, inverse, Image.Resampling.BILINEAR)
    graded = moved.point([min(255, round((value / 255) ** gamma * 255 * brightness)) for value in range(256)])
    center, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    matrix = np.array([[a, b], [d, e]])
    center, half = center @ matrix.T + [c, f], np.sqrt(half**2 @ (matrix**2).T)
    unclipped = np.concatenate([center - half, center + half], 1)
    clipped = unclipped.clip(0, size)
    area = lambda boxes: (boxes[:, 2:] - boxes[:, :2]).clip(0).prod(1)
    return graded, clipped, area(clipped) >= MIN_VISIBLE * area(unclipped)


class AugmentedImages(torch.utils.data.Dataset):
    """Images that are decoded and augmented each time they are read."""

    def __init__(self, records, data, augmentation):
        self.records = records
        self.data = data
        self.augmentation = augmentation

    def __len__(self):
        return len(self.records)

    def __getitem__(self, index):
        record = self.records[index]
        image, (scale, dx, dy) = load(record["path"], self.data)
        boxes = np.array(record["boxes"], dtype=np.float64).reshape(-1, 4) * scale + [dx, dy, dx, dy]
        class_ids = np.array(record["classIds"], dtype=np.int64)
        if self.augmentation:
            image, boxes, visible = augment(image, boxes, self.augmentation)
            boxes, class_ids = boxes[visible], class_ids[visible]
        return to_tensor(image), torch.from_numpy(boxes.astype(np.float32)), torch.from_numpy(class_ids)


def to_tensor(image):
    """[3, S, S] of values 0 to 255, with three equal channels."""
    return torch.from_numpy(np.array(image, dtype=np.float32)).expand(3, -1, -1).contiguous()


def collate(items):
    images, boxes, class_ids = zip(*items)
    return torch.stack(images), list(zip(boxes, class_ids))
