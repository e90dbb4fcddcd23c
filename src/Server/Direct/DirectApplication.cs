using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using MlOps.Api;

namespace MlOps.Server.Direct;

/// <summary>Answers direct requests, and hands all others on; all of them, while somebody listens to the host's activities or metrics.</summary>
internal sealed class DirectApplication<T>(IHttpApplication<T> host, DirectRoutes routes, HostDiagnostics diagnostics, IServiceScopeFactory scopes) : IHttpApplication<DirectContext<T>>
    where T : notnull
{
    private readonly QuickAnswers _quick = new();

    public DirectContext<T> CreateContext(IFeatureCollection contextFeatures)
    {
        DirectContext<T> context = ContextOf(contextFeatures);
        if (!diagnostics.AreOn && contextFeatures.Get<IHttpRequestFeature>() is { } request && routes.Find(request.Method, request.Path) is { } answer)
            context.Begin(contextFeatures, answer, scopes);
        else
            context.HandOn(host.CreateContext(context.HostFeatures.Of(contextFeatures)));
        return context;
    }

    public Task ProcessRequestAsync(DirectContext<T> context)
    {
        if (context.Answer is { } answer)
            return context.Thread is { } shared ? AnswerAsync(context.Http, answer, shared) : AnswerOnPoolAsync(context.Http, answer);
        return context.Thread is { } thread ? thread.LeaveForAsync(() => host.ProcessRequestAsync(context.Host!)) : host.ProcessRequestAsync(context.Host!);
    }

    public void DisposeContext(DirectContext<T> context, Exception? exception)
    {
        if (context.Answer is null)
            host.DisposeContext(context.Host!, exception);
        context.End();
    }

    private Task AnswerAsync(HttpContext http, RequestDelegate answer, SharedThread thread)
    {
        if (!thread.MayAnswer() || !_quick.AreQuick(Environment.TickCount64))
            return thread.LeaveForAsync(() => AnswerOnPoolAsync(http, answer));
        Task answered = Answer(http, answer);
        DirectMetrics.Answered(thread.IsLeft);
        return thread.IsLeft ? thread.ReturnAfterAsync(answered) : answered;
    }

    private Task AnswerOnPoolAsync(HttpContext http, RequestDelegate answer)
    {
        DirectMetrics.Answered(onPool: true);
        return Answer(http, answer);
    }

    private Task Answer(HttpContext http, RequestDelegate answer)
    {
        long began = Environment.TickCount64;
        Task answered = answer(http);
        _quick.Took(began, Environment.TickCount64);
        return answered;
    }

    /// <summary>A connection's next request uses the context of its last one again.</summary>
    private static DirectContext<T> ContextOf(IFeatureCollection features)
    {
        if (features is not IHostContextContainer<DirectContext<T>> connection)
            return new DirectContext<T>();
        return connection.HostContext ??= new DirectContext<T> { Thread = features.Get<SharedThread>() };
    }
}

/// <summary>A request: either its answer and its <see cref="HttpContext"/>, or what the host made of it.</summary>
internal sealed class DirectContext<T>
    where T : notnull
{
    private DefaultHttpContext? _http;

    public RequestDelegate? Answer { get; private set; }

    public HttpContext Http => _http!;

    public T? Host { get; private set; }

    public HostFeatures<T> HostFeatures { get; } = new();

    /// <summary>Null where the connection's requests are begun on the pool.</summary>
    public SharedThread? Thread { get; init; }

    public void Begin(IFeatureCollection features, RequestDelegate answer, IServiceScopeFactory scopes)
    {
        if (_http is null)
            _http = new DefaultHttpContext(features) { ServiceScopeFactory = scopes };
        else
            _http.Initialize(features);
        Answer = answer;
    }

    public void HandOn(T host) => Host = host;

    public void End()
    {
        if (Answer is not null)
            _http!.Uninitialize();
        (Answer, Host) = (null, default);
    }
}
