"""RoIAlign by torchvision's operator if it is installed and loads; otherwise by two matrix products for each image, like src/tensor/roi-align.ts."""

import torch

try:
    from torchvision.ops import roi_align as torchvision_roi_align

    torchvision_roi_align(torch.zeros(1, 1, 2, 2), torch.zeros(1, 5), 1)
except (ImportError, RuntimeError, OSError):
    torchvision_roi_align = None


def roi_align(features, rois, images, stride, size, sampling):
    """features [N, C, H, W], rois [R, 4] in pixels, images [R] in rising order -> [R, size, size, C]"""
    if torchvision_roi_align is not None:
        indexed = torch.cat([images[:, None].to(rois.dtype), rois], 1)
        return torchvision_roi_align(features, indexed, size, 1 / stride, sampling, aligned=True).permute(0, 2, 3, 1)
    count, channels, height, width = features.shape
    rows = weights(rois, 1, height, stride, size, sampling)
    columns = weights(rois, 0, width, stride, size, sampling)
    maps = features.permute(0, 2, 3, 1)
    parts = []
    for image, number in enumerate(torch.bincount(images, minlength=count).tolist()):
        if not number:
            continue
        first = sum(len(part) for part in parts)
        down = rows[first : first + number].reshape(number * size, height)
        across = columns[first : first + number].repeat_interleave(size, 0)
        lines = (down @ maps[image].reshape(height, width * channels)).reshape(number * size, width, channels)
        parts.append((across @ lines).reshape(number, size, size, channels))
    return torch.cat(parts)


def weights(rois, axis, cells, stride, size, sampling):
    """The weight of each cell along an axis in each output cell: [R, size, cells]."""
    low = rois[:, axis, None] / stride
    step = (rois[:, axis + 2, None] / stride - low) / (size * sampling)
    position = low + (torch.arange(size * sampling) + 0.5) * step - 0.5
    counts = ((position >= -1) & (position <= cells)).to(position.dtype) / sampling
    inside = position.clamp(0, cells - 1)
    cell = inside.floor()
    fraction = inside - cell
    matrix = torch.zeros(len(rois), size * sampling, cells)
    cell = cell.long()[..., None]
    matrix.scatter_add_(2, cell, (counts * (1 - fraction))[..., None])
    matrix.scatter_add_(2, (cell + 1).clamp(max=cells - 1), (counts * fraction)[..., None])
    return matrix.reshape(len(rois), size, sampling, cells).sum(2)
