"""Console blocks are read as a reader reads them."""

from tests.house.console_blocks import Typed, commands, typed

DOCUMENT = """
# Title

```console
$ make demo   # a minute
scene 1
scene 2
$ curl -s localhost \\
    -H 'Accept: application/json'
{}
```

```
$ not a console block
```
"""


def test_each_command_comes_with_what_is_shown_below_it() -> None:
    assert typed(DOCUMENT) == [
        Typed("make demo   # a minute", "scene 1\nscene 2\n"),
        Typed("curl -s localhost -H 'Accept: application/json'", "{}\n"),
    ]


def test_words_are_split_as_a_shell_does_and_comments_dropped() -> None:
    assert commands(DOCUMENT) == [["make", "demo"], ["curl", "-s", "localhost", "-H", "Accept: application/json"]]
