/** Words of a line up to the cursor, as a shell reads them; the last one is what is being typed, and may be empty. */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  let open = false;
  for (let index = 0; index < line.length; index += 1) {
    const character = line.charAt(index);
    if (quote !== '' && character === quote) quote = '';
    else if (quote === "'") word += character;
    else if (character === '\\') word += line.charAt((index += 1));
    else if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      open = true;
    } else if (quote === '' && /\s/.test(character)) {
      if (word !== '' || open) words.push(word);
      word = '';
      open = false;
    } else word += character;
  }
  return [...words, word];
}
