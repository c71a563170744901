// Reads the closed unions of error codes, and the texts that go with each, from the syntax of the sources.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const codeForm = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

/** One section a union `…Code`: its name in words, the file, and each code with the texts found in the source. */
export function errorCodes(source) {
  const folder = fileURLToPath(source);
  const files = globSync('**/*.ts', { cwd: folder })
    .sort()
    .map((name) => ({
      name,
      tree: ts.createSourceFile(
        name,
        readFileSync(`${folder}/${name}`, 'utf8'),
        ts.ScriptTarget.Latest,
        true,
      ),
    }));
  const texts = new Map();
  for (const { tree } of files) visit(tree, (node) => collectTexts(node, texts));
  const sections = [];
  for (const { name: file, tree } of files)
    for (const { title, names } of unionsOf(tree))
      sections.push({
        title,
        file,
        codes: names.map((name) => ({ name, texts: [...(texts.get(name) ?? [])].sort() })),
      });
  return sections;
}

/** `type XCode = 'A' | 'B'`, and `const xRemedies = { A: …, B: … }` whose keys are codes. */
function unionsOf(tree) {
  const found = [];
  visit(tree, (node) => {
    if (ts.isTypeAliasDeclaration(node) && node.name.text.endsWith('Code')) {
      const members = ts.isUnionTypeNode(node.type) ? [...node.type.types] : [node.type];
      const names = members
        .filter((member) => ts.isLiteralTypeNode(member) && ts.isStringLiteral(member.literal))
        .map((member) => member.literal.text)
        .filter((name) => codeForm.test(name));
      if (names.length > 0) found.push({ title: words(node.name.text), names });
    }
    if (
      ts.isVariableDeclaration(node) &&
      ts.isIdentifier(node.name) &&
      node.name.text === 'configRemedies'
    ) {
      const object = node.initializer.expression ?? node.initializer;
      found.push({ title: 'Config', names: object.properties.map(({ name }) => name.text) });
    }
  });
  return found;
}

/** `new XError('CODE', 'text')`, `problem('CODE', path, 'text')` and `{ code: 'CODE', message: 'text' }`. */
function collectTexts(node, texts) {
  const add = (name, text) => {
    if (!texts.has(name)) texts.set(name, new Set());
    texts.get(name).add(text);
  };
  if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.arguments) {
    const at = node.arguments.findIndex(
      (one) => ts.isStringLiteral(one) && codeForm.test(one.text),
    );
    if (at === -1) return;
    const text = node.arguments
      .slice(at + 1)
      .map(textOf)
      .find((one) => one?.includes(' '));
    if (text) add(node.arguments[at].text, text);
  }
  if (ts.isObjectLiteralExpression(node)) {
    const valueOf = (name) =>
      node.properties.find((one) => ts.isPropertyAssignment(one) && one.name.getText() === name)
        ?.initializer;
    const [name, message] = [valueOf('code'), valueOf('message')];
    const text = message && textOf(message);
    if (name && ts.isStringLiteral(name) && codeForm.test(name.text) && text?.includes(' '))
      add(name.text, text);
  }
}

/** A string as written, with `…` for what is filled in; undefined for anything else. */
function textOf(node) {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('');
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [textOf(node.left), textOf(node.right)];
    return left === undefined || right === undefined ? undefined : left + right;
  }
  return undefined;
}

function visit(node, see) {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

function words(name) {
  return name.replace(/(?:Error|Problem)?Code$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
}
