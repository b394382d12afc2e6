import { isUtf8 } from 'node:buffer';
import { FettleError, type ErrorKind } from '../errors.ts';

/** The text of a file that is to be read as YAML. Throws FettleError with the first place that is not UTF-8. */
export function utf8Text(bytes: Buffer, file: string, kind: ErrorKind): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const lines = bytes.toString('latin1').split('\n');
  const line = lines.findIndex((each) => !isUtf8(Buffer.from(each, 'latin1')));
  const text = Buffer.from(lines[line] ?? '', 'latin1').toString('utf8');
  const column = text.indexOf('\uFFFD') + 1;
  throw new FettleError(kind, {
    summary: 'This is not UTF-8',
    next: 'Save the file as UTF-8.',
    position: { file, line: line + 1, column, text: text.trimEnd() },
  });
}
