import { coreApi, eventsApi } from '../../stand-in/event.ts';
import { table } from './markdown.ts';

/** What the API server can select Events by; the stand-in is held to recorded answers of a real one. */
export function selectorsTable(): string {
  const list = ({ selectors }: { selectors: Set<string> }) =>
    [...selectors].map((field) => `\`${field}\``).join(', ');
  const rows = [coreApi, eventsApi].map((api) => [`\`${api.apiVersion}\``, list(api)]);
  return table(['API', 'fields'], rows);
}
