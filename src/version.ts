/** The version of this package. The API server sees it in the user agent. A test compares it with package.json. */
export const VERSION = '0.1.0';
