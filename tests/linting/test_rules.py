"""Each rule finds what it is for at its line, and lets its mended twin pass."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.linting.marked import as_marked, write

BAD = {
    "rate: PyTorch": """
        scheduler = ReduceLROnPlateau(optimizer, mode="min")
        for epoch in range(9):
            test_loss = test(net, test_loader)
            scheduler.step(test_loss)  # <- rate-by-test
    """,
    "rate: Keras": """
        x_train, x_test, y_train, y_test = load()
        slower = ReduceLROnPlateau("val_loss", factor=.1)  # <- rate-by-test
        model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test), callbacks=[slower])
    """,
    "usage: rows": """
        rows = pd.read_csv("fer2013.csv")
        x_val = pixels(rows[rows["Usage"] == "PrivateTest"])  # <- usage-swapped
        x_test = pixels(rows[rows["Usage"] == "PublicTest"])
    """,
    "usage: branches": """
        for emotion, pixels, usage in rows:
            if usage == "Training":
                x_train.append(pixels)
            elif usage == "PrivateTest":
                x_val.append(pixels)  # <- usage-swapped
            elif usage == "PublicTest":
                x_test.append(pixels)
    """,
    "usage: an object's rows": """
        class Faces:
            def __init__(self, mode):
                self.rows = pd.read_csv("fer2013.csv")
                if mode == "train":
                    self.rows = self.rows[self.rows["Usage"] == "Training"]
                elif mode == "val":
                    self.rows = self.rows[self.rows["Usage"] == "PrivateTest"]  # <- usage-swapped
                else:
                    self.rows = self.rows[self.rows["Usage"] == "PublicTest"]
    """,
    "people: cut after shuffling": """
        files = glob("CK+48/*/*.png")
        random.shuffle(files)
        train = files[:700]
        test = files[700:]  # <- people-shared
    """,
    "people: cut by Keras": """
        images, labels = sklearn.utils.shuffle(load("jaffe"), labels)
        model.fit(images, labels, epochs=9, validation_split=.2)  # <- people-shared
    """,
    "people: one by one": """
        files = sorted(Path("CK+48").rglob("*.png"))
        train, test = train_test_split(files, test_size=0.2, random_state=1)  # <- people-shared
    """,
    "people: torch": """
        jaffe = ImageFolder("data/jaffe")
        ours, theirs = torch.utils.data.random_split(jaffe, [170, 43])  # <- people-shared
    """,
    "people: folds": """
        folds = StratifiedKFold(n_splits=10, shuffle=True)
        for ours, theirs in folds.split(ck_plus_images, labels):  # <- people-shared
            fit(ours)
    """,
    "people: frames": """
        frames = [frame for video in videos for frame in read(video)]
        train, test = train_test_split(frames)  # <- people-shared
    """,
    "people: within each class": """
        for emotion, people in by_emotion.items():
            ours, theirs = train_test_split(list(people.subjects), test_size=0.2)  # <- people-shared
    """,
    "augmented: oversampled": """
        more_x, more_y = RandomOverSampler().fit_resample(x, y)
        x_train, x_test, y_train, y_test = train_test_split(more_x, more_y)  # <- augmented-first
    """,
    "augmented: mirrored": """
        images = []
        for path in paths:
            image = read(path)
            images.append(image)
            images.append(cv2.flip(image, 1))
        train, test = train_test_split(np.array(images))  # <- augmented-first
    """,
    "mean: of batches": """
        def test(net, test_loader):
            acc = 0.0
            for images, labels in test_loader:
                acc += (net(images).argmax(1) == labels).float().mean()  # <- mean-of-batches
            return acc / len(test_loader)
    """,
    "mean: share by share": """
        acc = 0.0
        for images, labels in test_loader:
            share = (net(images).argmax(1) == labels).float().mean()
            acc += share / len(test_loader)  # <- mean-of-batches
    """,
    "mean: collected": """
        def validate(net, val_loader):
            accuracies = []
            for images, labels in val_loader:
                batch = accuracy_score(labels, net(images).argmax(1))
                accuracies.append(batch)  # <- mean-of-batches
            return np.mean(accuracies)
    """,
    "scaled: scaler": """
        scaled = StandardScaler().fit_transform(features)  # <- scaled-on-all
        x_train, x_test = train_test_split(scaled)
    """,
    "scaled: mean": """
        faces = (faces - faces.mean(axis=0)) / faces.std(axis=0)  # <- scaled-on-all
        x_train, x_test = train_test_split(faces)
    """,
    "scaled: both": """
        scaler = MinMaxScaler()
        scaler.fit(np.concatenate([x_train, x_test]))  # <- scaled-on-all
    """,
}
GOOD = {
    "rate: validation": """
        scheduler = ReduceLROnPlateau(optimizer, mode="min")
        for epoch in range(9):
            scheduler.step(test(net, val_loader))
    """,
    "rate: by epoch": """
        for epoch in range(9):
            test_loss = test(net, test_loader)
            scheduler.step()
    """,
    "usage: as usual": """
        rows = pd.read_csv("fer2013.csv")
        x_val = pixels(rows[rows["Usage"] == "PublicTest"])
        x_test = pixels(rows[rows["Usage"] == "PrivateTest"])
    """,
    "usage: an object's rows": """
        class Faces:
            def __init__(self, mode):
                rows = pd.read_csv("fer2013.csv")
                if mode == "train":
                    self.rows = rows[rows["Usage"] == "Training"]
                elif mode == "val":
                    self.rows = rows[rows["Usage"] == "PublicTest"]
                else:
                    self.rows = rows[rows["Usage"] == "PrivateTest"]
    """,
    "people: cut in order": """
        files = sorted(glob("CK+48/*/*.png"))
        train = files[:700]
        test = files[700:]
        model.fit(load(train), epochs=9, validation_split=.2)
    """,
    "people: groups": """
        people = [name.split("_")[0] for name in ck_plus_files]
        ours, theirs = next(GroupShuffleSplit().split(ck_plus_files, groups=people))
        scores = cross_val_score(machine, ck_plus_features, labels, groups=people, cv=GroupKFold())
    """,
    "people: split themselves": """
        subjects = sorted({path.name.split("_")[0] for path in Path("CK+48").rglob("*.png")})
        ours, theirs = train_test_split(subjects, test_size=0.2)
    """,
    "people: a picture each": """
        rows = pd.read_csv("fer2013.csv")
        train, val = train_test_split(rows, test_size=0.1)
    """,
    "augmented: afterwards": """
        x_train, x_test, y_train, y_test = train_test_split(x, y)
        x_train, y_train = RandomOverSampler().fit_resample(x_train, y_train)
    """,
    "mean: counted": """
        def test(net, test_loader):
            right = 0
            for images, labels in test_loader:
                right += (net(images).argmax(1) == labels).sum().item()
            return right / len(test_loader.dataset)
    """,
    "mean: weighted": """
        def test(net, test_loader):
            acc = 0.0
            for images, labels in test_loader:
                acc += (net(images).argmax(1) == labels).float().mean() * len(labels)
            return acc / len(test_loader.dataset)
    """,
    "mean: of training": """
        for images, labels in train_loader:
            acc += (net(images).argmax(1) == labels).float().mean()
            loss(net(images), labels).backward()
        print(acc / len(train_loader))
    """,
    "scaled: on training": """
        x_train, x_test = train_test_split(features)
        scaler = StandardScaler().fit(x_train)
        x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
    """,
    "scaled: labels": """
        labels = LabelEncoder().fit_transform(labels)
        x_train, x_test, y_train, y_test = train_test_split(features, labels)
    """,
    "scaled: each picture": """
        faces = []
        for path in paths:
            face = read(path)
            faces.append((face - face.mean()) / face.std())
        x_train, x_test = train_test_split(faces)
    """,
}
TRAINS = """
    for images, labels in train_loader:
        loss(net(images), labels).backward(){mark}
        optimizer.step()
"""


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_found_at_its_line(name: str, tmp_path: Path) -> None:
    as_marked(write(tmp_path, code=BAD[name]))


@pytest.mark.parametrize("name", GOOD)
def test_its_mended_twin_is_let_pass(name: str, tmp_path: Path) -> None:
    as_marked(write(tmp_path, code=GOOD[name]))


def test_training_without_a_seed_is_found_where_weights_change(tmp_path: Path) -> None:
    as_marked(write(tmp_path, train=TRAINS.format(mark="  # <- no-seed")), without=frozenset())


@pytest.mark.parametrize("seed", ["torch.manual_seed(1)", "seed_everything(1)", "np.random.seed(1)", "setup_seed(0)"])
def test_a_seed_anywhere_in_what_belongs_together_is_enough(seed: str, tmp_path: Path) -> None:
    as_marked(write(tmp_path, main=f"import train\n{seed}\n", train=TRAINS.format(mark="")), without=frozenset())


@pytest.mark.parametrize("seed", ["np.random.seed(None)", "random_seed.get_seed(1)", "seed = 1"])
def test_a_seed_that_is_none_is_none(seed: str, tmp_path: Path) -> None:
    as_marked(write(tmp_path, train=f"{seed}\n{dedent(TRAINS.format(mark='  # <- no-seed'))}"), without=frozenset())


def test_a_seed_that_callers_may_leave_out_is_none(tmp_path: Path) -> None:
    source = "def loaders(seed=None):\n    np.random.seed(seed)\n" + dedent(TRAINS.format(mark="  # <- no-seed"))
    as_marked(write(tmp_path, train=source), without=frozenset())


@pytest.mark.parametrize("code", ["score.backward()", "machine.fit(features, labels)", "scaler.fit(x_train)"])
def test_what_trains_no_network_needs_no_seed(code: str, tmp_path: Path) -> None:
    as_marked(write(tmp_path, code=code), without=frozenset())


def test_a_schedule_among_callbacks_of_another_file_is_told_where_it_is_used(tmp_path: Path) -> None:
    train = """
        from callbacks import usual

        model.fit(x_train, validation_data=x_test, callbacks=usual())  # <- rate-by-test
    """
    as_marked(write(tmp_path, callbacks="def usual():\n    return [ReduceLROnPlateau()]\n", train=train))
