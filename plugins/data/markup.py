"""Turn Markdown and HTML into what a mail, a page or a reader wants."""

from html.parser import HTMLParser

from nexus import Context, action
from nexus.plugins.data.bounds import Text, bounded
from nexus.plugins.data.texts import Made

HIDDEN = frozenset({"script", "style", "head", "template", "noscript"})
BLOCKS = frozenset(
    ["p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "hr",
     "pre", "blockquote", "section", "article", "header", "footer"]
)  # fmt: skip


@action(
    effect="pure",
    title="Markdown to HTML",
    icon="code",
    sample={"text": "<p>Hi <strong>Ada</strong></p>\n"},
)
def markdown_to_html(context: Context, text: Text) -> Made:
    """Write Markdown (CommonMark with tables) as HTML.

    HTML inside the Markdown is shown as text, and links lead to web and mail addresses only: what a
    stranger wrote can be shown safely.

    Args:
        text: The Markdown.
    """
    return Made(text=bounded(_html(text)))


@action(effect="pure", title="Markdown to text", icon="text", sample={"text": "Hi Ada"})
def markdown_to_text(context: Context, text: Text) -> Made:
    """Take the marks out of Markdown.

    Args:
        text: The Markdown.
    """
    return Made(text=_text(_html(text)))


@action(effect="pure", title="HTML to text", icon="text", sample={"text": "Hi Ada"})
def html_to_text(context: Context, text: Text) -> Made:
    """Take the tags out of HTML; scripts and styles fall away.

    Args:
        text: The HTML.
    """
    return Made(text=_text(text))


def _html(text: str) -> str:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - loads on first use

    made: str = (
        MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table").render(text)
    )
    return made


class _Words(HTMLParser):
    """Collects what a reader would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a new line for a block; go silent inside what is not shown."""
        self._hidden += tag in HIDDEN
        if tag in BLOCKS:
            self.pieces.append("\n")
        if tag in ("td", "th"):
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End the line of a block."""
        self._hidden = max(self._hidden - (tag in HIDDEN), 0)
        if tag in BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep text that is shown."""
        if not self._hidden:
            self.pieces.append(data)


def _text(html: str) -> str:
    words = _Words()
    words.feed(html)
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.pieces).splitlines())
    return "\n".join(line for line in lines if line)
