"""Plots as SVG, with axes, units and a legend, without any library."""
import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 400, 74, 270, 40, 52
COLOURS = ("#1b6ca8", "#c8452d", "#3a8f4a", "#8a4fa3", "#b7860b", "#555555", "#d1719b", "#17a2a2")


def plain(number):
    """A number as people write it on an axis."""
    if number >= 1_000_000:
        return f"{number / 1e6:g} M"
    if number >= 10_000:
        return f"{number / 1e3:g} k"
    return f"{number:g}"


class Axis:
    """Maps values to a place between two points of the picture, and says where its marks are."""

    def __init__(self, title, values, begin, end, is_log=False, low=None):
        self.title, self.is_log, self.begin, self.end = title, is_log, begin, end
        values = [value for value in values if not is_log or value > 0]
        self.low = low if low is not None else min(values)
        self.high = max(max(values), self.low * 1.01 if is_log else self.low + 1e-9)
        if is_log:
            self.low, self.high = 10 ** math.floor(math.log10(self.low)), 10 ** math.ceil(math.log10(self.high))

    def place(self, value):
        if self.is_log:
            share = math.log10(max(value, self.low) / self.low) / math.log10(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    def marks(self):
        if self.is_log:
            first, last = round(math.log10(self.low)), round(math.log10(self.high))
            return [10.0 ** power for power in range(first, last + 1)]
        step = 10 ** math.floor(math.log10((self.high - self.low) / 4))
        step *= next(factor for factor in (1, 2, 5, 10) if (self.high - self.low) / (step * factor) <= 6)
        return [step * number for number in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]


class Plot:
    """Some curves in one picture. A curve is a list of points; `marks` draws points in place of lines."""

    def __init__(self, title, x_title, y_title, x_log=False, y_log=False, x_low=None, y_low=None):
        self.titles = (title, x_title, y_title)
        self.logs, self.lows = (x_log, y_log), (x_low, y_low)
        self.curves = []

    def add(self, name, points, marks=False, dashed=False, colour=None):
        """`colour` is the number of one; by default each curve has the next."""
        self.curves.append((name, points, marks, dashed, len(self.curves) if colour is None else colour))

    def write(self, path):
        title, x_title, y_title = self.titles
        points = [point for _, curve, _, _, _ in self.curves for point in curve]
        x = Axis(x_title, [x for x, _ in points], LEFT, WIDTH - RIGHT, self.logs[0], self.lows[0])
        y = Axis(y_title, [y for _, y in points], HEIGHT - BOTTOM, TOP, self.logs[1], self.lows[1])
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
                 'font-size="12">', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
                 f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{title}</text>']
        parts += self.frame(x, y)
        for number, curve in enumerate(self.curves):
            parts += self.draw(number, curve, x, y)
        parts.append("</svg>")
        with open(path, "w") as file:
            file.write("\n".join(parts) + "\n")

    @staticmethod
    def frame(x, y):
        parts = []
        for value in x.marks():
            at = x.place(value)
            parts.append(f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/><text x="{at:.1f}" '
                         f'y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{plain(value)}</text>')
        for value in y.marks():
            at = y.place(value)
            parts.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/><text x="{LEFT - 6}" '
                         f'y="{at + 4:.1f}" text-anchor="end">{plain(value)}</text>')
        middle = (TOP + HEIGHT - BOTTOM) / 2
        parts.append(f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="black"/>'
                     f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{x.title}</text>'
                     f'<text transform="translate(16 {middle}) rotate(-90)" text-anchor="middle">{y.title}</text>')
        return parts

    @staticmethod
    def draw(number, curve, x, y):
        name, points, marks, dashed, colour = curve
        colour = COLOURS[colour % len(COLOURS)]
        legend = TOP + 12 + 18 * number
        places = [(x.place(a), y.place(b)) for a, b in points]
        parts = [f'<text x="{WIDTH - RIGHT + 38}" y="{legend + 4}">{name}</text>']
        if marks:
            parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>'
                      for a, b in places + [(WIDTH - RIGHT + 22, legend)]]
        else:
            line = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
            style = f'fill="none" stroke="{colour}" stroke-width="1.8"' + (' stroke-dasharray="6 4"' if dashed else "")
            parts += [f'<path d="{line}" {style}/>', f'<path d="M{WIDTH - RIGHT + 12} {legend}h20" {style}/>']
        return parts
