#!/usr/bin/env python3
# metrics.py - writes metrics.h: what metrics come to on made-up outputs, by their definitions, for tests/unit/test_metric.c.
#
#   python3 tests/golden/metrics.py > tests/golden/metrics.h
#
# Sample i has for class c the output ((37 i + 53 c + 11 i c) mod 97) / 128. A third of the samples are of the class with
# the largest output, the others of class i^2 mod 4.
SAMPLES, CLASSES = 100, 5

outputs = [[((37 * i + 53 * c + 11 * i * c) % 97) / 128 for c in range(CLASSES)] for i in range(SAMPLES)]
largest = [row.index(max(row)) for row in outputs]
labels = [largest[i] if i % 3 == 0 else i * i % 4 for i in range(SAMPLES)]


def counts(called):  # called[i]: the set of classes that sample i is called
    tp = [sum(c in called[i] and labels[i] == c for i in range(SAMPLES)) for c in range(CLASSES)]
    fp = [sum(c in called[i] and labels[i] != c for i in range(SAMPLES)) for c in range(CLASSES)]
    fn = [sum(c not in called[i] and labels[i] == c for i in range(SAMPLES)) for c in range(CLASSES)]
    return tp, fp, fn


def f1(tp, fp, fn):
    precision, recall = tp / (tp + fp) if tp + fp else 0, tp / (tp + fn) if tp + fn else 0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0


def f1_scores(called):
    tp, fp, fn = counts(called)
    each = [f1(*of_class) for of_class in zip(tp, fp, fn)]
    support = [labels.count(c) for c in range(CLASSES)]
    weighted = sum(score * n for score, n in zip(each, support)) / SAMPLES
    return [sum(each) / CLASSES, f1(sum(tp), sum(fp), sum(fn)), weighted] + each


def auc():  # Keras: AUC(multi_label=True, num_thresholds=200)
    thresholds = [-1e-7] + [t / 199 for t in range(1, 199)] + [1 + 1e-7]
    areas = []
    for c in range(CLASSES):
        own = [outputs[i][c] for i in range(SAMPLES) if labels[i] == c]
        others = [outputs[i][c] for i in range(SAMPLES) if labels[i] != c]
        tpr = [sum(x > t for x in own) / len(own) for t in thresholds]
        fpr = [sum(x > t for x in others) / len(others) for t in thresholds]
        areas.append(sum((fpr[k] - fpr[k + 1]) * (tpr[k] + tpr[k + 1]) / 2 for k in range(199)))
    return sum(areas) / CLASSES


def array(name, numbers):
    print(f"static const double {name}[] = {{{', '.join(repr(float(x)) for x in numbers)}}};")


print("/* metrics.h - made by metrics.py: golden values of metrics. Of f1_score: macro, micro, weighted, then each class. */")
print(f"#define GOLDEN_SAMPLES {SAMPLES}u")
print(f"#define GOLDEN_CLASSES {CLASSES}u")
array("golden_accuracy", [sum(a == b for a, b in zip(largest, labels)) / SAMPLES])
array("golden_f1_score", f1_scores([{c} for c in largest]))
array("golden_f1_score_above_half", f1_scores([{c for c in range(CLASSES) if row[c] > 0.5} for row in outputs]))
array("golden_auc", [auc()])
