/**
 * The settings that its implementations come with. The depth of 4 is the root, the number of words, one word and the leaf.
 */
const PREFIX_WORDS = 1;
const MIN_SIMILARITY = 0.4;
const MAX_CHILDREN = 100;
const ANY = '<*>';

interface Node {
  children: Map<string, Node>;
  templates: Template[];
}

/** A template: the words that similar texts have in common, by position. */
export interface Template {
  words: string[];
}

/**
 * Drain, a log parser (He, Zhu, Zheng and Lyu, 2017). A text is compared with the templates of earlier texts that have the
 * same number of words and the same first words. It joins the most similar one.
 */
export class Drain {
  #root = newNode();

  /** The template of a text. Later texts may make it more general. */
  templateOf(text: string): Template {
    const words = text.split(/\s+/);
    const { templates } = this.#leafOf(words);
    const closest = closestOf(templates, words);
    if (closest === undefined) {
      const template = { words };
      templates.push(template);
      return template;
    }
    closest.words = closest.words.map((word, index) => (word === words[index] ? word : ANY));
    return closest;
  }

  #leafOf(words: string[]): Node {
    let node = childOf(this.#root, String(words.length));
    for (const word of words.slice(0, PREFIX_WORDS)) {
      const isFull = !node.children.has(word) && node.children.size >= MAX_CHILDREN;
      node = childOf(node, isFull || /\d/.test(word) ? ANY : word);
    }
    return node;
  }
}

function newNode(): Node {
  return { children: new Map(), templates: [] };
}

function childOf({ children }: Node, key: string): Node {
  const child = children.get(key) ?? newNode();
  children.set(key, child);
  return child;
}

function closestOf(templates: Template[], words: string[]): Template | undefined {
  let closest: Template | undefined;
  let most = MIN_SIMILARITY * words.length;
  for (const template of templates) {
    const same = template.words.filter((word, index) => word === words[index]).length;
    if (same < most || (same === most && closest !== undefined)) continue;
    [closest, most] = [template, same];
  }
  return closest;
}
