#!/usr/bin/env python3
"""make_bad.py - writes the IDX files of tests/data, which tests/unit/test_idx.c reads.

They are committed; this is how they were made. The message expected of the folder bad/NAME stands in
bad/NAME.expected. The folders good/NAME all hold the same three images of 2 x 2 values, 1 to 12, with
the labels 7, 0, 9. large/ is compressed, and of more values than the reader's first piece of memory.
"""
import gzip
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def idx(dims, values, dtype=8, zeros=b"\0\0", rank=None):
    header = zeros + bytes([dtype, len(dims) if rank is None else rank])
    return header + b"".join(struct.pack(">I", d) for d in dims) + bytes(values)


def gz(data):
    return gzip.compress(data, 9, mtime=0)


def write(name, files):
    for file, data in files.items():
        path = os.path.join(HERE, name, file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data)


def pair(name, images=None, labels=None):
    write(name, {IMAGES: good_images if images is None else images,
                 LABELS: good_labels if labels is None else labels})


good_images = idx([3, 2, 2], range(1, 13))
good_labels = idx([3], [7, 0, 9])

pair("good/raw")
write("good/gzip", {IMAGES + ".gz": gz(good_images), LABELS + ".gz": gz(good_labels)})
write("good/gzip_without_suffix", {IMAGES: gz(good_images), LABELS: good_labels})
write("good/gzip_of_two_members", {IMAGES + ".gz": gz(good_images[:9]) + gz(good_images[9:]), LABELS: good_labels})
write("good/dotted", {"train-images.idx3-ubyte": good_images, "train-labels.idx1-ubyte.gz": gz(good_labels)})
write("good/one_channel", {"train-images-idx4-ubyte": idx([3, 2, 2, 1], range(1, 13)), LABELS: good_labels})

write("large", {IMAGES + ".gz": gz(idx([3, 1024, 1024], [i >> 16 for i in range(3 << 20)])),
                LABELS: good_labels})

pair("bad/empty_images", images=b"")
pair("bad/empty_labels", labels=b"")
pair("bad/header_cut_in_magic", images=good_images[:3])
pair("bad/header_cut_in_dimensions", images=good_images[:10])
pair("bad/text_file", images=b"P5 28 28 255\n" + bytes(9))
pair("bad/type_float", images=idx([3, 2, 2], bytes(48), dtype=0x0D))
pair("bad/type_unknown", labels=idx([3], [7, 0, 9], dtype=0x42))
pair("bad/images_of_rank_0", images=idx([], []))
pair("bad/images_of_rank_2", images=idx([3, 4], range(12)))
pair("bad/images_of_rank_255", images=idx([3, 2, 2], range(12), rank=255))
pair("bad/labels_are_images", labels=good_images)
pair("bad/images_are_labels", images=good_labels)
pair("bad/no_images", images=idx([0, 2, 2], []), labels=idx([0], []))
pair("bad/width_0", images=idx([3, 2, 0], []))
pair("bad/images_truncated", images=good_images[:-1])
pair("bad/images_with_trailing_byte", images=good_images + b"\0")
pair("bad/labels_truncated", labels=good_labels[:-2])
pair("bad/labels_with_trailing_bytes", labels=good_labels + b"\n\n")
pair("bad/more_labels_than_images", labels=idx([4], [7, 0, 9, 1]))
pair("bad/more_images_than_labels", labels=idx([2], [7, 0]))
pair("bad/label_10_of_10_classes", labels=idx([3], [7, 0, 10]))
pair("bad/claims_4294967295_images", images=idx([2**32 - 1, 28, 28], bytes(784)), labels=idx([2**32 - 1], [0]))
pair("bad/claims_huge_images", images=idx([3, 4096, 4096], bytes(784)))
pair("bad/claims_product_of_2_to_the_96", images=idx([3, 2**32 - 1, 2**32 - 1], bytes(12)))
pair("bad/claims_image_of_2_to_the_64", images=idx([3, 65536, 65536, 65536], bytes(12)))

write("bad/gzip_claims_4294967295_images", {IMAGES + ".gz": gz(idx([2**32 - 1, 28, 28], bytes(784))),
                                             LABELS + ".gz": gz(idx([2**32 - 1], [0]))})
write("bad/gzip_claims_huge_images", {IMAGES + ".gz": gz(idx([3, 4096, 4096], bytes(784))), LABELS: good_labels})
write("bad/gzip_truncated", {IMAGES + ".gz": gz(good_images)[:-9], LABELS: good_labels})
write("bad/gzip_without_its_checksum", {IMAGES + ".gz": gz(good_images)[:-8], LABELS: good_labels})
write("bad/gzip_cut_in_its_header", {IMAGES + ".gz": gz(good_images)[:5], LABELS: good_labels})
damaged = bytearray(gz(good_images))
damaged[-6] ^= 1
write("bad/gzip_checksum_wrong", {IMAGES + ".gz": bytes(damaged), LABELS: good_labels})
write("bad/gzip_block_type_invalid", {IMAGES + ".gz": gz(good_images)[:10] + b"\xff" * 20, LABELS: good_labels})
write("bad/gzip_with_trailing_garbage", {IMAGES + ".gz": gz(good_images) + b"garbage", LABELS: good_labels})
write("bad/gzip_with_trailing_zeros", {IMAGES + ".gz": gz(good_images) + bytes(512), LABELS: good_labels})
write("bad/gzip_holds_more", {IMAGES + ".gz": gz(good_images + bytes(5)), LABELS: good_labels})
write("bad/gzip_holds_less", {IMAGES + ".gz": gz(good_images[:-5]), LABELS: good_labels})
write("bad/gzip_of_nothing", {IMAGES + ".gz": gz(b""), LABELS: good_labels})
write("bad/gz_that_is_text", {IMAGES + ".gz": b"<html>404</html>", LABELS: good_labels})
write("bad/images_only", {IMAGES: good_images})
write("bad/labels_only", {LABELS + ".gz": gz(good_labels)})
write("bad/test_files_only", {"t10k-images-idx3-ubyte": good_images, "t10k-labels-idx1-ubyte": good_labels})
write("bad/images_are_a_folder/" + IMAGES, {"README": b"A folder where a file is expected.\n"})
write("bad/images_are_a_folder", {LABELS: good_labels})
