// Of every element that a selector finds: its contrast with what is behind it (WCAG 2.2), and which element it is.
// For an element of a drawing `property` says what is looked at: its fill or its stroke; otherwise its colour is.
(selector, property) => {
  const parts = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) =>
    0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, opacity = 1] = parts(getComputedStyle(at).backgroundColor);
      if (opacity) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  document.querySelectorAll("details").forEach((one) => (one.open = true));
  return [...document.querySelectorAll(selector)].flatMap((element) => {
    const style = getComputedStyle(element);
    const ink = element.closest("svg") ? style[property] : style.color;
    const which = `${element.tagName} ${element.getAttribute("class")} ${ink}`;
    return ink === "none" ? [] : [[contrast(parts(ink), ground(element)), which]];
  });
}
