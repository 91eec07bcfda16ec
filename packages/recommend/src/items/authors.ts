/** "[美] 卡勒德·胡赛尼" is the author with the country in front. */
const country = /^[[【(（〔][^\])）】〕]{1,6}[\])）】〕]\s*/;
const particle = /^(?:a[bl]|bin|da|de|del|della|der|di|du|el|la|le|mac|saint|st|ten|van|von|y)$/i;
const latin = /^[\p{Script=Latin}\p{M}.'’\-\s]+$/u;

/**
 * The names in a cell of authors. Several are separated by `|` or `;`, else by commas and slashes; a name written for a
 * shelf, "Le Guin, Ursula K.", is one author and is turned round, as people ask for it.
 */
export function authorNames(cell: string): string[] {
  const parts = /[|;；]/.test(cell) ? cell.split(/[|;；]/) : [cell];
  return parts.flatMap(namesIn).map((name) => name.replace(country, "").trim());
}

function namesIn(part: string): string[] {
  const pieces = part
    .split(/[,，、/]/)
    .map((piece) => piece.trim())
    .filter(Boolean);
  if (!part.includes(",") || /[，、/]/.test(part) || !areInverted(pieces)) return pieces;
  const names: string[] = [];
  for (let i = 0; i < pieces.length; i += 2) names.push(`${pieces[i + 1]} ${pieces[i]}`);
  return names;
}

/** Surname and given names by turns: each surname is one word but for its particles. */
function areInverted(pieces: readonly string[]): boolean {
  if (pieces.length === 0 || pieces.length % 2 === 1) return false;
  return pieces.every((piece, i) => latin.test(piece) && (i % 2 === 1 || isSurname(piece)));
}

function isSurname(piece: string): boolean {
  const words = piece.split(/\s+/);
  return !piece.includes(".") && words.slice(0, -1).every((word) => particle.test(word));
}
