/** Colours that can be read, made from the one that the owner of the site chose. */
export const SURFACES = { light: "#ffffff", dark: "#151a20" } as const;

type Rgb = [number, number, number];

function parts(hex: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb;
}

const hexOf = (colour: Rgb) => `#${colour.map((one) => Math.round(one).toString(16).padStart(2, "0")).join("")}`;

function luminance(hex: string): number {
  const [red, green, blue] = parts(hex).map((one) => {
    const part = one / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The ratio of WCAG 2, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** White, or black where white could not be read. One of them reaches 4.5 on every colour. */
export function inkOn(ground: string): string {
  return contrast("#ffffff", ground) >= 4.5 ? "#ffffff" : "#000000";
}

/** The colour itself, or as little darkened or lightened as makes it stand out from the surface by `ratio`. */
export function standOut(colour: string, surface: string, ratio: number): string {
  const target = parts(luminance(surface) > 0.4 ? "#000000" : "#ffffff");
  const from = parts(colour);
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = hexOf(from.map((one, at) => one + ((target[at] as number) - one) * share) as Rgb);
    if (contrast(mixed, surface) >= ratio) return mixed;
  }
  return hexOf(target);
}

/** The rules that bring the site's colour in. */
export function themeRules(colour: string): string {
  const of = (surface: string) => {
    // The owner's colour as it is, as long as it can be told from the ground; what lies on it is black or white.
    const accent = standOut(colour, surface, 1.3);
    return `--accent:${accent};--on-accent:${inkOn(accent)};--link:${standOut(colour, surface, 4.5)};`;
  };
  return `.root{${of(SURFACES.light)}}@media (prefers-color-scheme:dark){.root{${of(SURFACES.dark)}}}`;
}
