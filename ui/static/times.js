// Moments arrive as UTC; here they become the reader's own time. Their titles keep UTC.

{
  const writer = (options) => new Intl.DateTimeFormat("en-GB", { hourCycle: "h23", ...options });
  const clock = { hour: "2-digit", minute: "2-digit" };
  const kinds = {
    day: writer({ day: "numeric", month: "short", ...clock }),
    minute: writer(clock),
    second: writer({ ...clock, second: "2-digit" }),
    milli: writer({ ...clock, second: "2-digit", fractionalSecondDigits: 3 }),
  };
  const tell = () => {
    for (const node of document.querySelectorAll("time[data-time]")) {
      const text = kinds[node.dataset.time].format(new Date(node.dateTime));
      if (node.textContent !== text) node.textContent = text;
    }
  };
  tell();
  new MutationObserver(tell).observe(document.body, { childList: true, characterData: true, subtree: true });
}
