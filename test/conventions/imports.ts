import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** One import of a file: of another file of engine/ (its path there), of a package, or of Node (`node:fs`). */
export interface Import {
  readonly from: string;
  readonly to: string;
  readonly kind: 'file' | 'package' | 'node';
  /** Gone once the types are stripped. */
  readonly typeOnly: boolean;
  /** Loaded when it is called for: `import('…')`. */
  readonly lazy: boolean;
}

export const engine = join(import.meta.dirname, '..', '..', 'engine');

/** Every TypeScript file of engine/, by its path there, sorted. */
export function engineFiles(): readonly string[] {
  return readdirSync(engine, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort();
}

/** All imports of a source text; `from` is its path in engine/. */
export function importsOf(from: string, text: string): readonly Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Expression, how: { typeOnly: boolean; lazy: boolean }) => {
    if (ts.isStringLiteral(specifier)) found.push({ from, ...target(from, specifier.text), ...how });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      const typeOnly =
        clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || onlyTypes(clause?.namedBindings);
      add(node.moduleSpecifier, { typeOnly: typeOnly && !clause?.name, lazy: false });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node.moduleSpecifier, { typeOnly: node.isTypeOnly || onlyTypes(node.exportClause), lazy: false });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier) add(specifier, { typeOnly: false, lazy: true });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal as ts.Expression, { typeOnly: true, lazy: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(from, text, ts.ScriptTarget.Latest));
  return found;
}

/** Every import of engine/. */
export function engineImports(): readonly Import[] {
  return engineFiles().flatMap((file) => importsOf(file, readFileSync(join(engine, file), 'utf8')));
}

function onlyTypes(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
  if (!bindings || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return false;
  const elements: readonly (ts.ImportSpecifier | ts.ExportSpecifier)[] = [...bindings.elements];
  return elements.length > 0 && elements.every((element) => element.isTypeOnly);
}

function target(from: string, specifier: string): Pick<Import, 'to' | 'kind'> {
  if (specifier.startsWith('node:')) return { to: specifier, kind: 'node' };
  if (!specifier.startsWith('.')) return { to: packageOf(specifier), kind: 'package' };
  return { to: relative(engine, join(engine, dirname(from), specifier)), kind: 'file' };
}

/** `@scope/name/part` → `@scope/name`. */
function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
