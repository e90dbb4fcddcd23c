using System.Net;
using System.Net.Http.Json;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>POSTs the alert as JSON with its id as <c>Idempotency-Key</c>. The client's time-out is the host's choice.</summary>
public sealed class WebhookAlertSink(HttpClient http, WebhookAddress address) : IAlertSink
{
    public string Name => "webhook";

    public bool Wants(MonitorPolicy policy) => policy.Webhook is not null;

    public async Task SendAsync(Alert alert, MonitorPolicy policy, CancellationToken cancellationToken)
    {
        Uri url = address.Resolve(policy.Webhook!);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = JsonContent.Create(alert, options: WorkflowJson.Options) };
        request.Headers.Add("Idempotency-Key", alert.Id);
        using HttpResponseMessage response = await SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw Answered(url, response.StatusCode);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new MlOpsException(ErrorKind.Unavailable, "webhook-unreachable", $"the webhook at {request.RequestUri!.Host} did not answer: {e.Message}", e);
        }
        finally
        {
            // The answer may have come on the thread that waits for all sockets of the process: what follows, a training even, belongs on another.
            await Task.Yield();
        }
    }

    // Only the host is named: the path of a webhook often is its secret.
    private static MlOpsException Answered(Uri url, HttpStatusCode status)
    {
        bool later = (int)status >= 500 || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests;
        string message = $"the webhook at {url.Host} answered {(int)status} {status}";
        return new(later ? ErrorKind.Unavailable : ErrorKind.Invalid, later ? "webhook-failed" : "webhook-refused", message);
    }
}
