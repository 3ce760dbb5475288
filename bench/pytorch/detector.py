"""The detector: backbone, fused neck, region proposal network, cascade of heads, losses and detections."""

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
        return F.relu(self.normalized(F.relu(fused), "blend", padding=1))


class RegionProposalNetwork(Named):
    def __init__(self, weights):
        super().__init__(weights, "rpn")

    def forward(self, x):
        """Logits [N, A] and deltas [N, A, 4], in the order of the anchors."""
        hidden = F.relu(F.conv2d(x, self["hidden/kernel"], self["hidden/bias"], padding=1))
        output = lambda name: F.conv2d(hidden, self[f"{name}/kernel"], self[f"{name}/bias"]).permute(0, 2, 3, 1)
        count = len(x)
        return output("objectness").reshape(count, -1), output("deltas").reshape(count, -1, 4)


class Head(Named):
    def __init__(self, weights, name, config, roi):
        super().__init__(weights, name)
        self.layers = len(config["hidden"])
        self.roi = roi

    def forward(self, features, rois, images):
        """Foreground logits [R], class logits [R, C] and deltas [R, 4]."""
        margin = (rois[:, 2:] - rois[:, :2]) * (self.roi["context"] - 1) / 2
        regions = torch.cat([rois[:, :2] - margin, rois[:, 2:] + margin], 1)
        pooled = roi_align(features, regions, images, STRIDE, self.roi["outputSize"], self.roi["samplingRatio"])
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
        self.neck = Neck(weights, config["neck"])
        self.rpn = RegionProposalNetwork(weights)
        stages = range(len(config["head"]["stages"]))
        self.heads = nn.ModuleList(Head(weights, f"head{i}", config["head"], config["roi"]) for i in stages)
        self.anchors = B.generate_anchors(config["anchors"], STRIDE, -(-self.size // STRIDE))
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
    def propose(self, objectness, deltas):
        """The proposals [R, 4] of each image, by falling score."""
        rpn = self.config["rpn"]
        best = objectness.topk(min(rpn["proposalsBeforeNms"], objectness.shape[1]), 1).indices
        moved = deltas.gather(1, best[..., None].expand(-1, -1, 4))
        decoded = B.decode(self.anchors[best], moved).clamp(0, self.size)
        proposals = []
        for boxes in decoded:
            boxes = boxes[(boxes[:, 2:] - boxes[:, :2] >= 1).all(1)]
            proposals.append(boxes[B.nms_few(boxes, rpn["nmsIou"], rpn["proposalsAfterNms"])])
        return proposals

    def losses(self, features, targets, sampler):
        """The weighted loss terms by name, from frozen features. A target is (boxes, class ids) of an image."""
        fused = self.neck(self.backbone.trained_features(features))
        objectness, deltas = self.rpn(fused)
        terms = self.rpn_losses(objectness, deltas, targets, sampler)
        proposals = self.propose(objectness.detach(), deltas.detach())
        chosen = [sampler.rois(i, boxes, target[0]) for i, (boxes, target) in enumerate(zip(proposals, targets))]
        terms.update(self.head_losses(fused, chosen, targets))
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

    def head_losses(self, fused, chosen, targets):
        config = self.config["head"]
        images = torch.cat([torch.full((len(rois),), i) for i, (rois, _) in enumerate(chosen)])
        stage_rois = [rois for rois, _ in chosen]
        assignments = [assignment for _, assignment in chosen]
        terms = {"foreground": 0, "class": 0, "boxes": 0}
        for i, stage in enumerate(config["stages"]):
            rois = torch.cat(stage_rois)
            foreground, classes, deltas = self.heads[i](fused, rois, images)
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
        fused = self.neck(self.backbone.trained_features(features))
        rois = self.propose(*self.rpn(fused))[0]
        images = torch.zeros(len(rois), dtype=torch.int64)
        scores, classes = 0, 0
        for head, stage in zip(self.heads, self.config["head"]["stages"]):
            foreground, logits, deltas = head(fused, rois, images)
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
