/**
 * How names of condition keys and tags compare: without regard to letter case, but only of letters that are a capital
 * and its small one. The Kelvin sign, whose small letter is an ordinary k, is no K: a tag that is spelled with it is
 * another tag, so that a rule on tag keys and the tag itself are always about the same name.
 */
export function lowerName(name: string): string {
  if (!/[^\0-\x7f]/.test(name)) return name.toLowerCase();
  return Array.from(name, (char) => {
    const small = char.toLowerCase();
    return small.toUpperCase() === char ? small : char;
  }).join("");
}
