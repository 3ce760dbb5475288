"""The detector: backbone, fused neck or feature pyramid, region proposal network, cascade of heads, losses and detections."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import boxes as B
from backbone import Backbone
from roi_align import roi_align

STRIDE = 8
GROUP_NORM_EPSILON = 1e-5


class Named(nn.Module):
    """A module whose parameters have the names of this project."""

    def __init__(self, weights, prefix):
        super().__init__()
        self.values = nn.ParameterDict()
        self.prefix = prefix
        for name, tensor in weights.items():
            if name.startswith(prefix + "/"):
                self.values[key(name)] = nn.Parameter(tensor.clone())

    def __getitem__(self, name):
        return self.values[key(f"{self.prefix}/{name}")]


def key(name):
    return name.replace("/", "|")


class Neck(Named):
    """One map: all levels are added at the finest stride."""

    strides = [STRIDE]

    def __init__(self, weights, config):
        super().__init__(weights, "neck")
        self.groups = config["groups"]

    def normalized(self, x, name, padding=0):
        y = F.conv2d(x, self[f"{name}/kernel"], self[f"{name}/bias"], padding=padding)
        return F.group_norm(y, self.groups, self[f"{name}/gamma"], self[f"{name}/beta"], GROUP_NORM_EPSILON)

    def forward(self, levels):
        fused = None
        for level in reversed(range(len(levels))):
            lateral = self.normalized(levels[level], f"lateral{level}")
            fused = lateral if fused is None else lateral + F.interpolate(fused, size=lateral.shape[2:], mode="nearest")
        return [F.relu(self.normalized(F.relu(fused), "blend", padding=1))]


class Pyramid(Neck):
    """A map for each level, as torchvision's FeaturePyramidNetwork with group normalization."""

    def __init__(self, weights, config):
        super().__init__(weights, config)
        self.numbers = config["levels"]
        self.strides = [2**level for level in self.numbers]

    def forward(self, levels):
        merged = None
        maps = []
        for level in reversed(range(len(levels))):
            lateral = self.normalized(levels[level], f"lateral{level + 3}")
            merged = lateral if merged is None else lateral + F.interpolate(merged, size=lateral.shape[2:], mode="nearest")
            maps.insert(0, self.normalized(merged, f"output{level + 3}", padding=1))
        while len(maps) < len(self.numbers):
            maps.append(F.max_pool2d(maps[-1], 1, 2))
        return maps


class RegionProposalNetwork(Named):
    def __init__(self, weights):
        super().__init__(weights, "rpn")

    def forward(self, maps):
        """Logits [N, A] and deltas [N, A, 4], in the order of the anchors: map by map."""
        objectness, deltas = zip(*(self.of_map(x) for x in maps))
        return torch.cat(objectness, 1), torch.cat(deltas, 1)

    def of_map(self, x):
        hidden = F.relu(F.conv2d(x, self["hidden/kernel"], self["hidden/bias"], padding=1))
        output = lambda name: F.conv2d(hidden, self[f"{name}/kernel"], self[f"{name}/bias"]).permute(0, 2, 3, 1)
        count = len(x)
        return output("objectness").reshape(count, -1), output("deltas").reshape(count, -1, 4)


class Head(Named):
    def __init__(self, weights, name, config, strides):
        super().__init__(weights, name)
        self.layers = len(config["head"]["hidden"])
        self.roi = config["roi"]
        self.strides = strides
        self.canonical_size = 224 * config["data"]["imageSize"] / 800

    def pool(self, maps, regions, images, levels):
        """Pools each region from the map of its level."""
        size, ratio = self.roi["outputSize"], self.roi["samplingRatio"]
        if len(maps) == 1:
            return roi_align(maps[0], regions, images, self.strides[0], size, ratio)
        pooled = regions.new_zeros(len(regions), size, size, maps[0].shape[1])
        for i, stride in enumerate(self.strides):
            rows = torch.nonzero(levels == i).flatten()
            if len(rows):
                pooled = pooled.index_put((rows,), roi_align(maps[i], regions[rows], images[rows], stride, size, ratio))
        return pooled

    def forward(self, maps, rois, images):
        """Foreground logits [R], class logits [R, C] and deltas [R, 4]."""
        margin = (rois[:, 2:] - rois[:, :2]) * (self.roi["context"] - 1) / 2
        regions = torch.cat([rois[:, :2] - margin, rois[:, 2:] + margin], 1)
        # Feature pyramids, equation 1.
        level = torch.floor(4 + torch.log2(B.areas(rois[:, 2:] - rois[:, :2]).sqrt() / self.canonical_size) + 1e-6)
        levels = (2**level / self.strides[0]).log2().clamp(0, len(maps) - 1)
        pooled = self.pool(maps, regions, images, levels)
        dense = lambda x, name: torch.addmm(self[f"{name}/bias"], x, self[f"{name}/kernel"])
        x = pooled.reshape(len(rois), -1)
        for i in range(self.layers):
            x = F.relu(dense(x, f"hidden{i}"))
        return dense(x, "foreground").flatten(), dense(x, "classes"), dense(x, "deltas")


def giou_loss(predicted, target):
    low_p, high_p, low_t, high_t = predicted[:, :2], predicted[:, 2:], target[:, :2], target[:, 2:]
    intersection = B.areas(torch.minimum(high_p, high_t) - torch.maximum(low_p, low_t))
    union = (B.areas(high_p - low_p) + B.areas(high_t - low_t) - intersection).clamp(min=B.MIN_AREA)
    hull = B.areas(torch.maximum(high_p, high_t) - torch.minimum(low_p, low_t)).clamp(min=B.MIN_AREA)
    return 1 - intersection / union + (hull - union) / hull


class RandomSampler:
    """Samples anchors and regions at random, as training does."""

    def __init__(self, config):
        self.rpn = config["rpn"]
        self.head = config["head"]
        self.size = config["data"]["imageSize"]

    def anchors(self, image, anchors, targets):
        """Indices of positives and negatives, and the index of each positive's target box."""
        assignment = B.match(anchors, targets, self.rpn["positiveIou"], self.rpn["negativeIou"], True)
        positives, negatives = B.sample(assignment, self.rpn["samples"], self.rpn["positiveFraction"])
        return positives, negatives, assignment[positives]

    def rois(self, image, proposals, targets):
        """Regions [R, 4], and the index of each region's target box or BACKGROUND."""
        candidates = torch.cat([proposals, targets, B.jitter(targets, self.head["jitteredGroundTruth"], self.size)])
        iou = self.head["stages"][0]["foregroundIou"]
        assignment = B.match(candidates, targets, iou, iou, False)
        chosen = torch.cat(B.sample(assignment, self.head["samples"], self.head["positiveFraction"]))
        return candidates[chosen], assignment[chosen]


class GivenSampler:
    """Returns the anchors and regions that the other side sampled, so that both sides compute the same losses."""

    def __init__(self, sampled):
        self.sampled = sampled

    def anchors(self, image, anchors, targets):
        given = self.sampled[image]
        return tuple(torch.tensor(given[name], dtype=torch.int64) for name in ("positives", "negatives", "matches"))

    def rois(self, image, proposals, targets):
        given = self.sampled[image]
        rois = torch.tensor(given["rois"], dtype=torch.float32).reshape(-1, 4)
        return rois, torch.tensor(given["roiAssignment"], dtype=torch.int64)


class Detector(nn.Module):
    def __init__(self, weights, config):
        super().__init__()
        self.config = config
        self.size = config["data"]["imageSize"]
        self.backbone = Backbone(weights, config["backbone"]["frozenBlocks"])
        kind = {"fused": Neck, "pyramid": Pyramid}[config["neck"]["kind"]]
        self.neck = kind(weights, config["neck"])
        self.rpn = RegionProposalNetwork(weights)
        stages = range(len(config["head"]["stages"]))
        strides = self.neck.strides
        self.heads = nn.ModuleList(Head(weights, f"head{i}", config, strides) for i in stages)
        sizes = np.array(config["anchors"]["sizes"]).reshape(len(strides), -1).tolist()
        anchors = [
            B.generate_anchors({**config["anchors"], "sizes": of_level}, stride, -(-self.size // stride))
            for of_level, stride in zip(sizes, strides)
        ]
        self.anchors = torch.cat(anchors)
        self.level_counts = [len(of_level) for of_level in anchors]
        self.to(memory_format=torch.channels_last)

    def named(self):
        """The trained parameters by their names in this project."""
        found = {}
        for module in self.backbone.modules():
            if hasattr(module, "kernel") and module.kernel.requires_grad:
                found[f"{module.name}/kernel"] = module.kernel
                found[f"{module.name}/bias"] = module.bias
        for part in (self.neck, self.rpn, *self.heads):
            found.update({name.replace("|", "/"): value for name, value in part.values.items()})
        return found

    @torch.no_grad()
    def propose(self, objectness, deltas, rule={}):
        """The proposals [R, 4] of each image, by falling score. A rule replaces settings of rpn."""
        rpn = self.config["rpn"] | rule
        found = [[] for _ in objectness]
        start = 0
        for count in self.level_counts:
            scores, best = objectness[:, start : start + count].topk(min(rpn["proposalsBeforeNms"], count), 1)
            best = best + start
            start += count
            moved = deltas.gather(1, best[..., None].expand(-1, -1, 4))
            decoded = B.decode(self.anchors[best], moved).clamp(0, self.size)
            for image, (boxes, logits) in enumerate(zip(decoded, scores)):
                usable = (boxes[:, 2:] - boxes[:, :2] >= 1).all(1)
                boxes, logits = boxes[usable], logits[usable]
                kept = B.nms_few(boxes, rpn["nmsIou"], rpn["proposalsAfterNms"])
                found[image].append((boxes[kept], logits[kept]))
        proposals = []
        for levels in found:
            boxes, logits = (torch.cat(parts) for parts in zip(*levels))
            proposals.append(boxes[logits.argsort(descending=True, stable=True)[: rpn["proposalsAfterNms"]]])
        return proposals

    def losses(self, features, targets, sampler):
        """The weighted loss terms by name, from frozen features. A target is (boxes, class ids) of an image."""
        maps = self.neck(self.backbone.trained_features(features))
        objectness, deltas = self.rpn(maps)
        terms = self.rpn_losses(objectness, deltas, targets, sampler)
        proposals = self.propose(objectness.detach(), deltas.detach())
        chosen = [sampler.rois(i, boxes, target[0]) for i, (boxes, target) in enumerate(zip(proposals, targets))]
        terms.update(self.head_losses(maps, chosen, targets))
        return terms

    def rpn_losses(self, objectness, deltas, targets, sampler):
        rpn = self.config["rpn"]
        chosen = [sampler.anchors(i, self.anchors, target[0]) for i, target in enumerate(targets)]
        positives = torch.cat([objectness[i, indices[0]] for i, indices in enumerate(chosen)])
        negatives = torch.cat([objectness[i, indices[1]] for i, indices in enumerate(chosen)])
        labels = torch.cat([torch.ones_like(positives), torch.zeros_like(negatives)])
        loss = F.binary_cross_entropy_with_logits(torch.cat([positives, negatives]), labels)
        references = torch.cat([self.anchors[indices[0]] for indices in chosen])
        matched = torch.cat([target[0][indices[2]] for indices, target in zip(chosen, targets)])
        moved = torch.cat([deltas[i, indices[0]] for i, indices in enumerate(chosen)])
        boxes = giou_loss(B.decode(references, moved), matched).sum() / max(1, len(moved))
        return {"RPN objectness": loss * rpn["objectnessWeight"], "RPN boxes": boxes * rpn["boxWeight"]}

    def head_losses(self, maps, chosen, targets):
        config = self.config["head"]
        images = torch.cat([torch.full((len(rois),), i) for i, (rois, _) in enumerate(chosen)])
        stage_rois = [rois for rois, _ in chosen]
        assignments = [assignment for _, assignment in chosen]
        terms = {"foreground": 0, "class": 0, "boxes": 0}
        for i, stage in enumerate(config["stages"]):
            rois = torch.cat(stage_rois)
            foreground, classes, deltas = self.heads[i](maps, rois, images)
            assignment = torch.cat(assignments)
            is_object = assignment >= 0
            weight = stage["lossWeight"]
            loss = F.binary_cross_entropy_with_logits(foreground, is_object.float())
            terms["foreground"] = terms["foreground"] + loss * config["foregroundWeight"] * weight
            if is_object.any():
                parts = list(zip(targets, assignments))
                matched = torch.cat([boxes[matches[matches >= 0]] for (boxes, _), matches in parts])
                class_ids = torch.cat([ids[matches[matches >= 0]] for (_, ids), matches in parts])
                loss = F.cross_entropy(classes[is_object], class_ids, label_smoothing=config["labelSmoothing"])
                terms["class"] = terms["class"] + loss * config["classWeight"] * weight
                moved = B.decode(rois[is_object], deltas[is_object], stage["deltaWeights"])
                terms["boxes"] = terms["boxes"] + giou_loss(moved, matched).mean() * config["boxWeight"] * weight
            if i + 1 < len(config["stages"]):
                iou = config["stages"][i + 1]["foregroundIou"]
                refined = B.decode(rois, deltas.detach(), stage["deltaWeights"]).clamp(0, self.size)
                stage_rois = list(refined.split([len(rois) for rois in stage_rois]))
                assignments = [B.match(boxes, target[0], iou, iou, False) for boxes, target in zip(stage_rois, targets)]
        return terms

    @torch.no_grad()
    def detect(self, features):
        """Boxes [K, 4], scores [K] and class probabilities [K, C] of one image by falling score, as numpy arrays."""
        maps = self.neck(self.backbone.trained_features(features))
        names = ("proposalsBeforeNms", "proposalsAfterNms")
        numbers = {name: self.config["inference"][name] for name in names}
        rule = {name: number for name, number in numbers.items() if number is not None}
        rois = self.propose(*self.rpn(maps), rule)[0]
        images = torch.zeros(len(rois), dtype=torch.int64)
        scores, classes = 0, 0
        for head, stage in zip(self.heads, self.config["head"]["stages"]):
            foreground, logits, deltas = head(maps, rois, images)
            scores = scores + foreground.sigmoid() / len(self.heads)
            classes = classes + logits.softmax(1) / len(self.heads)
            rois = B.decode(rois, deltas, stage["deltaWeights"]).clamp(0, self.size)
        return self.postprocess(rois.numpy(), scores.numpy(), classes.numpy())

    def postprocess(self, boxes, scores, classes):
        rule = self.config["inference"]
        usable = scores >= rule["minScore"]
        boxes, scores, classes = boxes[usable], scores[usable], classes[usable]
        kept, kept_scores = B.soft_nms(boxes, scores, rule["softSigma"], rule["minScore"], rule["maxDetections"])
        return boxes[kept], np.array(kept_scores), classes[kept]
