export function ownTimeMs(): number;
