/** Freezes a value with all that it holds; bytes, which cannot be frozen, are left. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
    return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}

/** Runs an act in a world where clock, chance and environment may not be asked. */
export function withoutTheWorld<Result>(act: () => Result): Result {
  const restore = [
    poison(Date, 'now'),
    poison(Math, 'random'),
    poison(performance, 'now'),
    poison(process, 'hrtime'),
    poison(process, 'cwd'),
    poison(globalThis, 'Date', RefusingDate),
    poison(globalThis, 'fetch'),
    poison(globalThis, 'setTimeout'),
    poison(process, 'env', new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse })),
  ];
  try {
    return act();
  } finally {
    for (const undo of restore.reverse()) undo();
  }
}

const RealDate = Date;

/** A date made of a given time is a value like any other. */
class RefusingDate extends RealDate {
  constructor(...time: readonly unknown[]) {
    if (time.length === 0) refuse();
    super(...(time as [number]));
  }
}

function refuse(): never {
  throw new Error('a pure function asked the world around it');
}

function poison<Holder extends object>(
  holder: Holder,
  name: keyof Holder,
  instead: unknown = refuse,
): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  Object.defineProperty(holder, name, { value: instead, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(holder, name, before);
    else delete (holder as Partial<Holder>)[name];
  };
}
