"""The epoch chosen on the test part is found, and choosing on validation is let pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.linting.marked import as_marked, write

LOOP = """
    def evaluate(net, loader):
        right = total = 0
        for images, labels in loader:
            right += (net(images).argmax(1) == labels).sum().item()
            total += len(labels)
        return right / total
"""

BAD = {
    "best so far": """
        best_acc = 0
        for epoch in range(9):
            acc = evaluate(net, test_loader)
            if acc > best_acc:  # <- chosen-on-test
                best_acc = acc
                torch.save(net.state_dict(), "best.pt")
    """,
    "called validation": """
        val_loader = DataLoader(Faces(root, split="test"), batch_size=8)
        best = 0.0
        for epoch in range(9):
            val_acc = evaluate(net, val_loader)
            is_best = val_acc > best  # <- chosen-on-test
            best = max(val_acc, best)
    """,
    "torchvision's flag": """
        held_out = DataLoader(Faces(root, train=False))
        best_acc = 0.0
        for epoch in range(9):
            best_acc = max(best_acc, evaluate(net, held_out))  # <- chosen-on-test
    """,
    "a bar": """
        for epoch in range(9):
            acc = evaluate(net, test_loader)
            if acc > 0.87:  # <- chosen-on-test
                torch.save(net.state_dict(), f"{epoch}.pt")
    """,
    "phases": """
        loaders = {x: DataLoader(Faces(root, x)) for x in ["train", "test"]}
        best_acc = 0.0
        for phase in ["train", "test"]:
            epoch_acc = evaluate(net, loaders[phase])
            if phase == "test" and epoch_acc > best_acc:  # <- chosen-on-test
                best_acc, best_weights = epoch_acc, copy.deepcopy(net.state_dict())
    """,
    "FER2013": """
        rows = pd.read_csv("fer2013.csv")
        held_out = Faces(rows[rows["Usage"] == "PrivateTest"])
        best_acc = 0.0
        for epoch in range(9):
            acc = evaluate(net, DataLoader(held_out))
            if acc > best_acc:  # <- chosen-on-test
                best_acc = acc
    """,
    "loss": """
        lowest = 1e9
        for epoch in range(9):
            lowest_test_loss = min(lowest_test_loss, evaluate(net, test_loader))  # <- chosen-on-test
    """,
    "history": """
        history = model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test))
        accuracy = max(history.history["val_accuracy"])  # <- chosen-on-test
    """,
    "best of all": """
        accuracies = []
        for epoch in range(9):
            accuracies.append(evaluate(net, test_loader))
        print(max(accuracies))  # <- chosen-on-test
    """,
    "early stopping of one's own": """
        early_stopping = EarlyStop(patience=5)
        for epoch in range(9):
            early_stopping(evaluate(net, test_loader), net)  # <- chosen-on-test
    """,
    "early stopping": """
        x_train, x_test, y_train, y_test = train_test_split(faces, emotions)
        stop = EarlyStopping(monitor="val_loss", patience=3)
        model.fit(x_train, y_train, validation_data=(x_test, y_test), callbacks=[stop])  # <- chosen-on-test
    """,
    "checkpoint": """
        def callbacks(path):
            return [ModelCheckpoint(path, monitor="val_accuracy", save_best_only=True)]
        test_gen = ImageDataGenerator().flow_from_directory("data/test")
        model.fit_generator(train_gen, validation_data=test_gen, callbacks=callbacks("m.h5"))  # <- chosen-on-test
    """,
    "Lightning": """
        trainer = Trainer(callbacks=[ModelCheckpoint(monitor="val_acc", save_top_k=1)])
        trainer.fit(network, train_loader, test_loader)  # <- chosen-on-test
    """,
    "Lightning's loader": """
        class Faces(LightningDataModule):
            def val_dataloader(self):
                return DataLoader(self.test_set)  # <- chosen-on-test
    """,
}
GOOD = {
    "on validation": """
        best_acc = 0
        for epoch in range(9):
            acc = evaluate(net, val_loader)
            if acc > best_acc:
                best_acc, test_acc = acc, evaluate(net, test_loader)
                torch.save(net.state_dict(), "best.pt")
    """,
    "on training": """
        best_acc = 0
        for epoch in range(9):
            acc = evaluate(net, train_loader)
            if acc > best_acc:
                best_acc = acc
        print(evaluate(net, test_loader))
    """,
    "watched": """
        for epoch in range(9):
            print(epoch, evaluate(net, test_loader))
        torch.save(net.state_dict(), "last.pt")
    """,
    "phases": """
        loaders = {x: DataLoader(Faces(root, x)) for x in ["train", "val", "test"]}
        best_acc = 0.0
        for phase in ["train", "val"]:
            epoch_acc = evaluate(net, loaders[phase])
            if phase == "val" and epoch_acc > best_acc:
                best_acc = epoch_acc
    """,
    "FER2013": """
        rows = pd.read_csv("fer2013.csv")
        public = Faces(rows[rows["Usage"] == "PublicTest"])
        best_acc = 0.0
        for epoch in range(9):
            acc = evaluate(net, DataLoader(public))
            if acc > best_acc:
                best_acc = acc
        print(evaluate(net, DataLoader(Faces(rows[rows["Usage"] == "PrivateTest"]))))
    """,
    "a limit": """
        def smaller(test_image):
            max_pixels = 90
            return test_image if test_image.size < max_pixels else None
    """,
    "training loss": """
        stop = EarlyStopping(monitor="loss", patience=3)
        model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test), callbacks=[stop])
    """,
    "every epoch": """
        keep = ModelCheckpoint("{epoch}.h5")
        model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test), callbacks=[keep])
    """,
    "Lightning": """
        trainer = Trainer(callbacks=[ModelCheckpoint(monitor="val_acc", save_top_k=1)])
        trainer.fit(network, train_loader, val_loader)
        trainer.test(network, test_loader)
    """,
}


@pytest.mark.parametrize("name", BAD)
def test_what_chooses_on_the_test_part_is_found(name: str, tmp_path: Path) -> None:
    as_marked(write(tmp_path, train=LOOP.replace("\n    ", "\n        ") + BAD[name]))


@pytest.mark.parametrize("name", GOOD)
def test_what_chooses_otherwise_is_let_pass(name: str, tmp_path: Path) -> None:
    as_marked(write(tmp_path, train=LOOP.replace("\n    ", "\n        ") + GOOD[name]))


def test_parts_are_followed_into_other_files(tmp_path: Path) -> None:
    data = """
        def loaders():
            train_set, test_set = Faces("train"), Faces("test")
            return DataLoader(train_set), DataLoader(test_set)
    """
    keeping = """
        def fit(net, watched):
            best = 0.0
            for epoch in range(9):
                accuracy = score(net, watched)
                if accuracy > best:  # <- chosen-on-test
                    best = accuracy
                    torch.save(net.state_dict(), "best.pt")
    """
    main = """
        from faces.data import loaders
        from faces import keeping

        ours, others = loaders()
        keeping.fit(Network(), others)
    """
    as_marked(write(tmp_path, faces__data=data, faces__keeping=keeping, main=main))


def test_objects_keep_their_parts(tmp_path: Path) -> None:
    source = """
        class Training:
            def __init__(self, net):
                self.loader = DataLoader(Faces("test"))
                self.best_acc = 0.0

            def epoch(self):
                accuracy = self.score(self.loader)
                if accuracy > self.best_acc:  # <- chosen-on-test
                    self.best_acc = accuracy

            def score(self, loader):
                return sum(hit(batch) for batch in loader) / len(loader.dataset)
    """
    as_marked(write(tmp_path, training=source))
