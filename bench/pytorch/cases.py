"""The cases on PyTorch's side. Each function reads an exchange and returns a function that runs one iteration, and one that returns the results."""

import contextlib
import os
import subprocess
import sys

import numpy as np
import torch

import boxes as B
import images as I
from detector import Detector, GivenSampler, RandomSampler
from exchange import to_tensorflow
from training import Trainer

# A case without results to compare.
NOTHING = None
# Detections of a lower score are not compared.
COMPARED_SCORE = 0.5


def backbone(exchange):
    detector = Detector(exchange.weights(), exchange.config)
    images = exchange.images()

    def forward():
        return detector.backbone.frozen_features(images)

    def results():
        return {f"level{i}": level.permute(0, 2, 3, 1) for i, level in enumerate(forward())}

    return forward, results


def training_step(exchange):
    detector = Detector(exchange.weights(), exchange.config)
    targets = exchange.targets()
    images = exchange.images()
    # A cache of features holds them image by image; each step puts a batch together.
    cached = [[level[i : i + 1] for level in detector.backbone.frozen_features(images)] for i in range(len(images))]
    trainer = Trainer(detector, exchange.config["training"])
    sampler = RandomSampler(exchange.config)

    def batch():
        return [torch.cat(levels) for levels in zip(*cached)]

    def step():
        trainer.step(batch(), targets, sampler)

    def results():
        terms = detector.losses(batch(), targets, GivenSampler(exchange.setup["sampled"]))
        sum(terms.values()).backward()
        found = {f"loss/{name}": term.reshape(1) for name, term in terms.items()}
        found.update({f"gradient/{name}": to_tensorflow(name, value.grad) for name, value in detector.named().items()})
        return found

    return step, results


def detection(exchange):
    detector = Detector(exchange.weights(), exchange.config)
    files = exchange.setup["files"]
    data = exchange.config["data"]
    calls = 0

    def detect(file):
        image, (scale, dx, dy) = I.load(file, data)
        found, scores, classes = detector.detect(detector.backbone.frozen_features(to_network(image)))
        return (found - [dx, dy, dx, dy]) / scale, scores, classes

    def iteration():
        nonlocal calls
        calls += 1
        detect(files[calls % len(files)])

    def results():
        found = [detect(file) for file in files]
        sure = [(boxes[scores >= COMPARED_SCORE], scores[scores >= COMPARED_SCORE]) for boxes, scores, _ in found]
        return {
            "boxes": torch.from_numpy(np.concatenate([boxes for boxes, _ in sure])),
            "scores": torch.from_numpy(np.concatenate([scores for _, scores in sure])),
        }

    return iteration, results


def opening(exchange):
    files = exchange.setup["files"]

    def decode():
        for file in files:
            I.grey(file)

    return decode, lambda: {"means": torch.tensor([np.asarray(I.grey(file)).mean() for file in files])}


def data_loading(exchange):
    data = exchange.config["data"]
    records = exchange.setup["records"]
    dataset = I.AugmentedImages(records, data, exchange.config["augmentation"])
    loader = torch.utils.data.DataLoader(
        dataset,
        batch_size=exchange.setup["batch"],
        shuffle=True,
        num_workers=os.cpu_count(),
        collate_fn=I.collate,
        persistent_workers=True,
    )

    def epoch():
        for _ in loader:
            pass

    def results():
        paths = [record["path"] for record in records[: exchange.setup["batch"]]]
        letterboxes = [shifted(I.load(path, data)[1]) for path in paths]
        pixels = [I.to_tensor(I.render(*pair, data["imageSize"]))[0] for pair in zip(paths, letterboxes)]
        return {"images": torch.stack(pixels), "letterboxes": torch.tensor(letterboxes)}

    return epoch, results


def shifted(letterbox):
    """The letterbox of libvips, which shifts an enlarged image by half a pixel; PIL does not."""
    scale, dx, dy = letterbox
    return (scale, dx + 0.5, dy + 0.5) if scale > 1 else letterbox


def evaluation(exchange):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    ground_truth = COCO()
    ground_truth.dataset = exchange.setup["groundTruth"]
    with silence():
        ground_truth.createIndex()

    def evaluate():
        # loadRes changes its argument.
        found = [dict(row) for row in exchange.setup["detections"]]
        with silence():
            evaluator = COCOeval(ground_truth, ground_truth.loadRes(found), "bbox")
            evaluator.evaluate()
            evaluator.accumulate()
            evaluator.summarize()
        return evaluator.stats

    return evaluate, lambda: {"metrics": torch.from_numpy(evaluate())}


@contextlib.contextmanager
def silence():
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


def nms(exchange):
    inputs = exchange.inputs()
    boxes, scores = inputs["boxes"].numpy(), inputs["scores"].numpy()
    threshold = exchange.setup["iouThreshold"]
    suppress = lambda: B.nms_many(boxes, scores, threshold)
    return suppress, lambda: {"kept": torch.from_numpy(suppress())}


def original_way(exchange):
    """Each step decodes one image and runs the frozen backbone on it."""
    detector = Detector(exchange.weights(), exchange.config)
    dataset = I.AugmentedImages(exchange.setup["records"], exchange.config["data"], None)
    trainer = Trainer(detector, exchange.config["training"])
    sampler = RandomSampler(exchange.config)

    def train():
        for _ in range(exchange.setup["epochs"]):
            for index in torch.randperm(len(dataset)).tolist():
                image, boxes, class_ids = dataset[index]
                features = detector.backbone.frozen_features(image[None].contiguous(memory_format=torch.channels_last))
                trainer.step(features, [(boxes, class_ids)], sampler)

    return train, NOTHING


def command_help(exchange):
    def run():
        subprocess.run([sys.executable, "-m", "torch.distributed.run", "--help"], check=True, stdout=subprocess.DEVNULL)

    return run, NOTHING


def to_network(image):
    return I.to_tensor(image)[None].contiguous(memory_format=torch.channels_last)


CASES = {
    "backbone": backbone,
    "training-step": training_step,
    "detection": detection,
    "opening": opening,
    "opening-again": opening,
    "data-loading": data_loading,
    "evaluation": evaluation,
    "nms": nms,
    "original-way": original_way,
    "help": command_help,
}
