{{/* The release's name, or the release's and the chart's; short enough for what is appended. */}}
{{- define "june-stt.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "june-stt.operator" -}}
{{ include "june-stt.fullname" . }}-operator
{{- end -}}

{{- define "june-stt.serviceAccount" -}}
{{ default (include "june-stt.operator" .) .Values.serviceAccount.name }}
{{- end -}}

{{/* Labels that pods are selected by; they can never change. Called with (list $ component). */}}
{{- define "june-stt.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: june-stt-{{ index . 1 }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
{{- end -}}

{{- define "june-stt.labels" -}}
{{- $root := index . 0 -}}
{{ include "june-stt.selector" . }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/part-of: june-stt
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* repository:tag or repository@digest. Called with (list $ image). */}}
{{- define "june-stt.image" -}}
{{- $image := index . 1 -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ default (index . 0).Chart.AppVersion $image.tag }}
{{- end -}}
{{- end -}}

{{/* The namespaces that are looked after, as a list in JSON; meaningless when the whole cluster is. */}}
{{- define "june-stt.namespaces" -}}
{{ .Values.watch.namespaces | default (list .Release.Namespace) | toJson }}
{{- end -}}

{{/* Where the installation's own test makes a pipeline: the first namespace that is looked after. */}}
{{- define "june-stt.testNamespace" -}}
{{- if .Values.watch.clusterWide -}}
{{ .Release.Namespace }}
{{- else -}}
{{ include "june-stt.namespaces" . | fromJsonArray | first }}
{{- end -}}
{{- end -}}

{{/* What every container of ours is allowed: the restricted Pod Security Standard. */}}
{{- define "june-stt.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "june-stt.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/* The token of the pod's ServiceAccount: one that expires, and that the kubelet renews. */}}
{{- define "june-stt.tokenVolume" -}}
name: token
projected:
  defaultMode: 0440
  sources:
    - serviceAccountToken: {path: token, expirationSeconds: 3600}
    - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
    - downwardAPI: {items: [{path: namespace, fieldRef: {fieldPath: metadata.namespace}}]}
{{- end -}}

{{/* A map as key=value,key=value. */}}
{{- define "june-stt.pairs" -}}
{{- $pairs := list -}}
{{- range $key, $value := . -}}
{{- $pairs = append $pairs (printf "%s=%s" $key $value) -}}
{{- end -}}
{{ join "," $pairs }}
{{- end -}}
