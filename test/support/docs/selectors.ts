import { coreApi, eventsApi } from '../../stand-in/event.ts';
import { table } from './markdown.ts';

/**
 * The fields by which the API server can select Events. The stand-in is compared with recorded answers of a real API
 * server.
 */
export function selectorsTable(): string {
  const list = ({ selectors }: { selectors: Set<string> }) =>
    [...selectors].map((field) => `\`${field}\``).join(', ');
  const rows = [coreApi, eventsApi].map((api) => [`\`${api.apiVersion}\``, list(api)]);
  return table(['API', 'fields'], rows);
}
