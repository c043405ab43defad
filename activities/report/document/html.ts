import { textOf, type Block, type Cell, type Section } from './blocks.js';
import { STYLE } from './style.js';

/** One file that asks for nothing: no script, font or image from anywhere. */
export function renderHtml(title: string, sections: readonly Section[]): string {
  const links = sections.map(({ id, title: name }) => `<li><a href="#${escape(id)}">${escape(name)}</a></li>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${sections.slice(0, 1).map(section).join('\n')}
<nav aria-label="Sections"><ol>${links}</ol></nav>
${sections.slice(1).map(section).join('\n')}
</main>
</body>
</html>
`;
}

function section({ id, title, blocks }: Section): string {
  return `<section id="${escape(id)}" aria-labelledby="${escape(id)}-title">
<h2 id="${escape(id)}-title">${escape(title)}</h2>
${blocks.map(block).join('\n')}
</section>`;
}

function block(one: Block): string {
  switch (one.type) {
    case 'text':
      return `<p${one.tone === undefined ? '' : ` class="${one.tone}"`}>${escape(one.text)}</p>`;
    case 'list':
      return `<ul>${one.items.map((item) => `<li>${escape(item)}</li>`).join('')}</ul>`;
    case 'figures':
      return `<dl class="figures">${one.figures
        .map(
          ({ label, value, detail }) =>
            `<div><dt>${escape(label)}</dt><dd><b>${escape(value)}</b><span>${escape(detail)}</span></dd></div>`,
        )
        .join('')}</dl>`;
    case 'table':
      return `<div class="wide" tabindex="0" role="region" aria-label="${escape(one.caption)}"><table><caption>${escape(one.caption)}</caption><thead><tr>${one.columns
        .map(
          ({ title, numeric }) => `<th scope="col"${numeric === true ? ' class="number"' : ''}>${escape(title)}</th>`,
        )
        .join('')}</tr></thead><tbody>${one.rows
        .map(
          (row) =>
            `<tr>${row.map((cell, index) => tableCell(cell, index, one.columns[index]?.numeric === true)).join('')}</tr>`,
        )
        .join('')}</tbody></table></div>`;
    case 'plot':
      return `<figure>${one.svg}<figcaption><b>${escape(one.title)}</b> ${escape(one.description)}</figcaption></figure>`;
  }
}

function tableCell(cell: Cell, index: number, numeric: boolean): string {
  const inner =
    typeof cell === 'string' ? escape(cell) : `<span class="chip ${cell.tone}">${escape(textOf(cell))}</span>`;
  if (index === 0) return `<th scope="row">${inner}</th>`;
  return `<td${numeric ? ' class="number"' : ''}>${inner}</td>`;
}

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
