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


def precision(tp, fp, fn):
    return tp / (tp + fp) if tp + fp else 0


def recall(tp, fp, fn):
    return tp / (tp + fn) if tp + fn else 0


def scores(score, called):
    tp, fp, fn = counts(called)
    each = [score(*of_class) for of_class in zip(tp, fp, fn)]
    support = [labels.count(c) for c in range(CLASSES)]
    weighted = sum(x * n for x, n in zip(each, support)) / SAMPLES
    return [sum(each) / CLASSES, score(sum(tp), sum(fp), sum(fn)), weighted] + each


def top_k(k):  # of equal outputs the first is the larger one
    ranked = [sorted(range(CLASSES), key=lambda c: -row[c])[:k] for row in outputs]
    return sum(label in best for label, best in zip(labels, ranked)) / SAMPLES


def area(own, others, thresholds):  # Keras: curve ROC, interpolation
    tpr = [sum(x > t for x in own) / len(own) for t in thresholds]
    fpr = [sum(x > t for x in others) / len(others) for t in thresholds]
    return sum((fpr[k] - fpr[k + 1]) * (tpr[k] + tpr[k + 1]) / 2 for k in range(len(thresholds) - 1))


def auc(count):  # Keras: AUC(multi_label=True, num_thresholds=count), then multi_label=False
    thresholds = [-1e-7] + [t / (count - 1) for t in range(1, count - 1)] + [1 + 1e-7]
    right = [[outputs[i][c] for i in range(SAMPLES) if labels[i] == c] for c in range(CLASSES)]
    wrong = [[outputs[i][c] for i in range(SAMPLES) if labels[i] != c] for c in range(CLASSES)]
    return [sum(area(own, others, thresholds) for own, others in zip(right, wrong)) / CLASSES,
            area(sum(right, []), sum(wrong, []), thresholds)]


def array(name, numbers):
    print(f"static const double {name}[] = {{{', '.join(repr(float(x)) for x in numbers)}}};")


print("/* metrics.h - made by metrics.py: golden values of metrics. Of counts of classes: macro, micro, weighted, then each class. */")
print(f"#define GOLDEN_SAMPLES {SAMPLES}u")
print(f"#define GOLDEN_CLASSES {CLASSES}u")
array("golden_accuracy", [sum(a == b for a, b in zip(largest, labels)) / SAMPLES])
best = [{c} for c in largest]
above_half = [{c for c in range(CLASSES) if row[c] > 0.5} for row in outputs]
for name, score in ("f1_score", f1), ("precision", precision), ("recall", recall):
    array(f"golden_{name}", scores(score, best))
    array(f"golden_{name}_above_half", scores(score, above_half))
array("golden_top_k", [top_k(k) for k in range(1, CLASSES + 2)])
array("golden_auc", auc(200))
array("golden_auc_of_17", auc(17))
array("golden_auc_of_2", auc(2))
