"""Answers each line with the milliseconds of one search for the nearest 50 of as many vectors as asked for: faiss, on one
thread. `benches/ranking.rs` starts it."""

import sys
import time

import faiss
import numpy

WIDTH, NEAREST = 64, 50

faiss.omp_set_num_threads(1)
numbers = numpy.random.default_rng(1)
index = faiss.IndexFlatIP(WIDTH)
index.add(numbers.standard_normal((int(sys.argv[1]), WIDTH), dtype=numpy.float32))
query = numbers.standard_normal((1, WIDTH), dtype=numpy.float32)
index.search(query, NEAREST)
for _ in sys.stdin:
    start = time.thread_time()
    index.search(query, NEAREST)
    print((time.thread_time() - start) * 1e3, flush=True)
