import { textOf, type Block, type Section } from './blocks.js';

export function renderMarkdown(title: string, sections: readonly Section[]): string {
  const parts = [`# ${title}`];
  for (const { title: name, blocks } of sections) parts.push(`## ${name}`, ...blocks.map(block));
  return `${parts.join('\n\n')}\n`;
}

function block(one: Block): string {
  switch (one.type) {
    case 'text':
      return one.tone === undefined ? one.text : `> ${one.text}`;
    case 'list':
      return one.items.map((item) => `- ${item}`).join('\n');
    case 'figures':
      return one.figures.map(({ label, value, detail }) => `- **${label}: ${value}** ${detail}`).join('\n');
    case 'table': {
      const row = (cells: readonly string[]): string =>
        `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
      return [
        `*${one.caption}*`,
        '',
        row(one.columns.map(({ title }) => title)),
        row(one.columns.map(({ numeric }) => (numeric === true ? '---:' : '---'))),
        ...one.rows.map((cells) => row(cells.map(textOf))),
      ].join('\n');
    }
    case 'plot':
      return `*${one.title}* ${one.description}`;
  }
}
