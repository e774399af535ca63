const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** The longest name of an object (apimachinery `pkg/util/validation`, DNS1123SubdomainMaxLength). */
export const MAX_NAME_LENGTH = 253;
/** A label's value (apimachinery `pkg/util/validation`, IsValidLabelValue) and the name part of its key. */
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;

/** True for a DNS-1123 label, such as the name of a namespace. */
export function isDnsLabel(text: string): boolean {
  return DNS_LABEL.test(text);
}

/** True for a DNS-1123 subdomain, such as the names of most objects. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && text.split('.').every((part) => SUBDOMAIN_LABEL.test(part));
}

/** True for a valid key of an annotation or a label. */
export function isMetadataKey(key: string): boolean {
  return LABEL_KEY.test(key);
}

/** True for a valid value of a label. */
export function isLabelValue(value: unknown): boolean {
  return typeof value === 'string' && LABEL_VALUE.test(value);
}
