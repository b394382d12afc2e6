import manifest from '../../package.json' with { type: 'json' };

/** The version of this fettle. */
export const version: string = manifest.version;
