"""What a program under comparison is told, and how it answers: lines of JSON in, lines of JSON out. Standard library.

In, a line a picture: ``{"path", "face_already"}``. Out, first ``{"megabytes"}``, once it is ready, of resident memory;
then a line a picture: ``{"faces", "answers", "seconds"}``, from reading the file to the answer; last again
``{"megabytes"}``.
"""

import json
import resource
import sys
import time
from collections.abc import Callable

Answered = Callable[[str, bool], tuple[int, dict[str, float] | None]]


def answer_all(answered: Answered) -> None:
    """Answer each line as it comes, until there are no more."""
    out, sys.stdout = sys.stdout, sys.stderr  # what a package prints is no answer
    print(json.dumps(megabytes()), file=out, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        began = time.perf_counter()
        faces, answers = answered(asked["path"], asked["face_already"])
        seconds = time.perf_counter() - began
        print(json.dumps({"faces": faces, "answers": answers, "seconds": seconds}), file=out, flush=True)
    print(json.dumps(megabytes()), file=out, flush=True)


def megabytes() -> dict[str, float]:
    """The most that was resident so far."""
    return {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
