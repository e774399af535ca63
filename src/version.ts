/** The version of this package, as the API server sees it in the user agent; a test compares it with package.json. */
export const VERSION = '0.1.0';
